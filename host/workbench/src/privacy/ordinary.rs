//! Words that are no names of people, and names that are ordinary words.
//!
//! A shared mailbox, a room or a team is nobody; and where `Mark` or `Will` takes part, not every `mark` is meant.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A list, to look words up in.
type Words = LazyLock<BTreeSet<&'static str>>;

/// What functions, teams, rooms, devices and firms are called. A name with one of them is not a person's.
const ROLES: &str = "\
    abuse academy account accounting accounts admin administration administrator administrators advisor ag agency agent agents \
    alert alerts all analyst analytics api app application applications archive assistant assistants audit auditor automation \
    backoffice bank billing board boardroom booking bookings bot branch business buchhaltung buero buyer buyers calendar \
    calendars call calls campaign campaigns care careers ceo cfo channel channels chair chief cio client clients cloud cmo coach \
    coaches commercial committee communication communications company compliance conference consultant consulting contact \
    contacts contract contracts contractor controller controlling coo coordination coordinator corp corporate council crew crm cto \
    customer customers data delivery demo department design desk dev developer developers development digital direction director \
    directors dispatch distribution ecommerce einkauf employee engineer engineering engineers enquiries equipment europe event \
    events everyone executive export external facilities facility feedback field finance financial foundation gmbh group groups \
    guest guests head headquarters hello help helpdesk hotline hr human import inbox inc incident industry info information \
    infrastructure innovation inquiries inside insights integration internal international invoice invoices it jobs kam key \
    kontakt kunde kunden lab labs lead leader leaders leadership leads legal leitung limited list lists llc llp logistics ltd \
    mail mailbox mailer maintenance management manager managers manufacturing market marketing master media meeting meetings \
    member members merchandising mobile monitor monitoring network news newsletter no noc noreply notification notifications \
    office officer offices online operations operator operators ops orders organization organizer owner owners participant \
    partner partners payment payments payroll personal pilot planner planning platform pmo portal post postmaster \
    presales press pricing privacy processes procurement product production products program programme project projects projekt \
    projekte public purchasing quality reception recruiting recruitment region regional registration renewal renewals reply report \
    reporting reports representative request requests research reservations resource resources retail returns review risk room \
    rooms sales salesforce sarl scheduler scheduling secretariat secretary security sekretariat service services shared shipping \
    shop site software solution solutions spam specialist sponsor staff standards steering store strategic strategy studio \
    success supervisor supplier suppliers supply support system systems tax team teams tech technical technology test tester \
    testing tickets trainer training transport travel treasury unit unknown user users vendor vendors vertrieb vorstand warehouse web \
    webinar webmaster website weekly workshop workshops worker zentrale";

/// Names of people that are ordinary words as well, in the languages that titles are mostly written in.
const ORDINARY: &str = "\
    able alba amber angel april archer art ash august autumn baker bank barber bell berg best bill bishop black blue bond brand \
    brook brooks brown buck butler carol carpenter cash chance chase christian clay cliff cole colt cook cooper crystal dale dawn \
    day dean dick dollar drew duke earl east eight eve faith fields fisher five flora forest foster four fox france frank franz \
    gates gene georgia ginger glen good grace grant gray green grey guy hall hand harmony harper harry hart harvest heath heather \
    hill holiday holly honey hope house hunt hunter ivory ivy jack jade jasmine jean jewel joy june justice king knight koch lance \
    lane law lee lily lion little london long love major mark marsh marshal mason may mercy meyer mike mill miller miles mine \
    monday moon moore neumann nick nine noble north olive one page paige paris parker pat pearl pepper phoenix pierce pine \
    poet pope porter potter power price prince prior queen rain ray read reed reich rich river rob robin rock roman rose royal \
    ruby rusty ryan sage sand savage scout sharp shepherd short six skip sky small smith snow south spencer spring star stark stein \
    stern sterling stone storm strong sue summer sunday sunny taylor ten temple terry three tiger tony trinity turner two violet \
    walker ward waters weber weiss welcome west white wild will winner winter wise wolf wood woods worth york young";

/// Titles before a name.
const HONORIFICS: &str = "dr prof mr mrs ms mx miss sir herr frau hr fr dipl ing mag msc mba bsc phd md jr sr ii iii m mme monsieur madame";

/// Words that join one name to another.
const JOINERS: [&str; 14] =
    ["and", "und", "et", "y", "e", "en", "og", "och", "x", "vs", "with", "mit", "avec", "or"];

pub(super) fn is_role(word: &str) -> bool {
    static WORDS: Words = LazyLock::new(|| ROLES.split_ascii_whitespace().collect());
    WORDS.contains(word)
}

pub(super) fn is_ordinary(word: &str) -> bool {
    static WORDS: Words = LazyLock::new(|| ORDINARY.split_ascii_whitespace().collect());
    WORDS.contains(word)
}

pub(super) fn is_honorific(word: &str) -> bool {
    static WORDS: Words = LazyLock::new(|| HONORIFICS.split_ascii_whitespace().collect());
    WORDS.contains(word)
}

pub(super) fn is_joiner(word: &str) -> bool {
    JOINERS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_both_and_none_has_a_form_that_is_never_compared() {
        for word in ROLES.split_whitespace().chain(ORDINARY.split_whitespace()) {
            assert!(word.bytes().all(|it| it.is_ascii_lowercase()), "{word}");
        }
        assert!(is_role("sales") && !is_role("seven") && is_ordinary("mark") && !is_ordinary("anna"));
    }
}
