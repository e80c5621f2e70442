//! Names of meetings and accounts: such as the contract takes, and without anybody's address.

use std::borrow::Cow;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::event::Event;
use crate::input::format;

/// Bytes of a `UID` that is used as it is; of longer ones the rest is a hash, to stay within the contract.
const UID_BYTES_MAX: usize = 160;
/// Bytes of the name of an account; the contract's limit.
const ACCOUNT_BYTES_MAX: usize = 200;

/// The id of an event: its `UID`, or a hash of it where it is or has an address, or leaves no room for an instance.
pub(super) fn id(uid: &str) -> String {
    if has_address(uid) {
        return format!("uid-{:032x}", xxh3_128(uid.as_bytes()));
    }
    if uid.len() <= UID_BYTES_MAX {
        return uid.to_owned();
    }
    let kept: String = uid.chars().take(UID_BYTES_MAX / 8).collect();
    format!("{kept}-{:032x}", xxh3_128(uid.as_bytes()))
}

/// Names an event that has no name, the same whenever it is read.
pub(super) fn made_up(event: &Event) -> String {
    let start = event.start.as_ref().map(|raw| raw.value.as_str()).unwrap_or_default();
    let title = event.title.as_deref().unwrap_or_default();
    // Two meetings of one hour and one title may well be with two customers.
    let mut people: Vec<&str> = event.attendees.iter().map(|it| it.address.as_str()).collect();
    people.sort_unstable();
    let organizer = event.organizer.as_deref().unwrap_or_default();
    let said = format!("{start}\n{title}\n{organizer}\n{}", people.join("\n"));
    format!("no-uid-{:016x}", xxh3_64(said.as_bytes()))
}

/// The name of an account: a text as it is, and for an address its host with a hash of the whole, because accounts are
/// told to everybody.
pub(super) fn account(text: &str) -> Cow<'_, str> {
    match text.rsplit_once('@') {
        Some((_, host)) if has_address(text) => {
            let (host, whole) = (host.to_lowercase(), text.to_lowercase());
            Cow::Owned(format!("{host}-{:016x}", xxh3_64(whole.as_bytes())))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Whether an address is in it, also one as it stands in links.
fn has_address(text: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || "._-+'\"".contains(letter);
    let is_address = |(at, mark): (usize, &str)| {
        let (before, after) = (text.get(..at), text.get(at + mark.len()..));
        before.is_some_and(|it| it.ends_with(is_part))
            && after.is_some_and(|it| it.starts_with(char::is_alphanumeric))
    };
    text.match_indices('@').chain(text.match_indices("%40")).any(is_address)
}

/// The name of a file without its folder and its endings.
pub(super) fn stem(name: &str) -> String {
    let stem = format::stem(name, &[".gz", ".zst", ".ics", ".ical", ".icalendar"]);
    if is_account(stem) && stem != "<stdin>" { stem } else { "calendar" }.to_owned()
}

/// Whether the contract takes it for an account's name.
pub(super) fn is_account(name: &str) -> bool {
    !name.is_empty() && name != "*" && name.len() <= ACCOUNT_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_such_as_the_contract_takes() {
        assert_eq!(
            ["a/Bolt.ICS.gz", "<stdin>", ".ics", "x.y.ics", "*.ics"].map(stem),
            ["Bolt", "calendar", ".ics", "x.y", "calendar"]
        );
        assert_eq!(stem(&"x".repeat(201)), "calendar");
        assert_eq!(id("040000008200E00074C5"), "040000008200E00074C5");
        let long = ["\u{fc}".repeat(100), "\u{fc}".repeat(101)].map(|uid| id(&uid));
        assert!(long[0] != long[1] && long.iter().all(|uid| uid.len() <= UID_BYTES_MAX), "{long:?}");
    }

    #[test]
    fn no_name_has_an_address() {
        for uid in ["kam-1@acme.example", "mailto:kam-1@acme.example/7", "7-kam-1%40acme.example"] {
            let hashed = id(uid);
            assert!(hashed.starts_with("uid-") && hashed.len() == 36 && hashed == id(uid), "{hashed}");
        }
        for uid in ["@7", "a @ b", "7@", "50%40"] {
            assert_eq!(id(uid), uid);
        }
        let named = account("buyer@gmail.com").into_owned();
        assert!(named.starts_with("gmail.com-") && !named.contains('@'), "{named}");
        assert_eq!(account("Buyer@Gmail.com"), named.as_str());
        assert_ne!(account("stock@gmail.com"), named.as_str());
        assert_eq!(account("bolt.example"), "bolt.example");
    }

    #[test]
    fn without_a_name_people_tell_meetings_apart() {
        let event = |buyer: &str| {
            let attendee = super::super::event::Attendee { address: buyer.to_owned(), is_out: false };
            Event { title: Some("Call".to_owned()), attendees: vec![attendee], ..Event::default() }
        };
        assert_ne!(made_up(&event("a@bolt.example")), made_up(&event("a@zinc.example")));
        assert_eq!(made_up(&event("a@bolt.example")), made_up(&event("a@bolt.example")));
    }
}
