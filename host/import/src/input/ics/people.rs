//! Whose meeting it is: our own people, and the customer's.
//!
//! A company is known by its domain. Where an account is named otherwise, a calendar does not say so.

use std::collections::BTreeMap;

use serde::Serialize;

use super::event::Event;

/// Where everybody may have an address: here the address stands for a company. In order.
const PUBLIC: [&str; 36] = [
    "126.com",
    "163.com",
    "aol.com",
    "bluewin.ch",
    "btinternet.com",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "googlemail.com",
    "hey.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "sfr.fr",
    "t-online.de",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "ymail.com",
    "zoho.com",
];

/// The same in many countries: these names, and behind them what every country has.
const PUBLIC_EVERYWHERE: [&str; 6] = ["gmx", "hotmail", "live", "outlook", "yahoo", "yandex"];

/// A side of the table, as the canonical form names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Side {
    Internal,
    Customer,
}

/// Somebody at a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Person<'a> {
    pub(super) id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) side: Option<Side>,
}

/// Who is one of us.
#[derive(Clone, Debug, Default)]
pub(super) struct Us {
    companies: Vec<String>,
}

/// Who we seem to be.
pub(super) struct Guess {
    pub(super) us: Us,
    /// The company, how many events it organises, and of how many.
    pub(super) found: Option<(String, usize, usize)>,
}

impl Us {
    /// The domains as somebody wrote them.
    pub(super) fn given(domains: &[String]) -> Self {
        let plain = |domain: &String| domain.trim().trim_start_matches('@').to_lowercase();
        Self { companies: domains.iter().map(plain).collect() }
    }

    /// Whoever organises most of these events; of several the first by name.
    pub(super) fn guess<'a>(events: impl Iterator<Item = &'a Event>) -> Guess {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for company in events.filter_map(|event| company(event.organizer.as_deref()?)) {
            *counts.entry(company).or_default() += 1;
        }
        let of = counts.values().sum();
        let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        let found = most.map(|(company, count)| (company.to_owned(), count, of));
        let companies = found.iter().map(|(company, ..)| company.clone()).collect();
        Guess { us: Self { companies }, found }
    }

    /// Whether a company is ours, or a part of ours.
    fn are(&self, company: &str) -> bool {
        let is_below = |ours: &str| company.strip_suffix(ours).is_some_and(|rest| rest.ends_with('.'));
        self.companies.iter().any(|ours| company == ours || is_below(ours))
    }

    /// Everybody who takes part, each once, in the order of their addresses.
    pub(super) fn people<'a>(&self, event: &'a Event) -> Vec<Person<'a>> {
        let attendees = event.attendees.iter().map(|attendee| (attendee.address.as_str(), attendee.is_out));
        let organizer = event.organizer.iter().map(|address| (address.as_str(), false));
        let mut people: BTreeMap<&str, bool> = BTreeMap::new();
        for (address, is_out) in organizer.chain(attendees) {
            *people.entry(address).or_default() |= is_out;
        }
        let here = people.into_iter().filter(|(_, is_out)| !is_out);
        here.map(|(id, _)| Person { id, side: self.side(id) }).collect()
    }

    fn side(&self, address: &str) -> Option<Side> {
        let company = company(address)?;
        Some(if self.are(company) { Side::Internal } else { Side::Customer })
    }
}

/// The customer of a meeting and whether there were others: the company with most people, of several the first by name;
/// people at public addresses count where there is no company.
pub(super) fn customer<'a>(people: &[Person<'a>]) -> Option<(&'a str, bool)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let customers = people.iter().filter(|person| person.side == Some(Side::Customer));
    for company in customers.filter_map(|person| company(person.id)) {
        *counts.entry(company).or_default() += 1;
    }
    let several = counts.len() > 1;
    let rank = |(company, count): &(&str, usize)| (!company.contains('@'), *count);
    counts.into_iter().rev().max_by_key(rank).map(|(company, _)| (company, several))
}

/// What stands for somebody's company; none where it cannot be known.
fn company(address: &str) -> Option<&str> {
    let (_, domain) = address.rsplit_once('@').filter(|(_, domain)| domain.contains('.'))?;
    Some(if is_public(domain) { address } else { domain })
}

/// Whether everybody may have an address there.
pub(crate) fn is_public(domain: &str) -> bool {
    let in_a_country = || {
        let (name, rest) = domain.split_once('.')?;
        let country = rest.strip_prefix("co.").or_else(|| rest.strip_prefix("com.")).unwrap_or(rest);
        let is_country = country.len() == 2 || ["com", "net"].contains(&rest);
        (PUBLIC_EVERYWHERE.contains(&name) && is_country).then_some(())
    };
    PUBLIC.binary_search(&domain).is_ok() || in_a_country().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::ics::event::Attendee;

    fn event(organizer: &str, attendees: &[&str]) -> Event {
        let attendee = |address: &&str| Attendee {
            address: address.trim_start_matches('-').to_owned(),
            is_out: address.starts_with('-'),
        };
        Event {
            organizer: Some(organizer.to_owned()),
            attendees: attendees.iter().map(attendee).collect(),
            ..Event::default()
        }
    }

    #[track_caller]
    fn check(attendees: &[&str], expected: Option<(&str, bool)>) {
        let event = event("kim@acme.example", attendees);
        let people = Us::given(&["@Acme.example".to_owned()]).people(&event);
        assert_eq!(customer(&people), expected, "{attendees:?}");
    }

    #[test]
    fn the_customer_is_who_sends_most_people() {
        check(&["a@bolt.example", "b@bolt.example", "c@agency.example"], Some(("bolt.example", true)));
        check(&["a@zinc.example", "a@bolt.example"], Some(("bolt.example", true)));
        check(&["a@bolt.example", "-b@zinc.example", "-c@zinc.example"], Some(("bolt.example", false)));
        check(&["ann@uk.acme.example", "bob@acme.example"], None);
        check(&["ann@notacme.example"], Some(("notacme.example", false)));
        check(&["x@gmail.com", "y@gmail.com", "a@bolt.example"], Some(("bolt.example", true)));
        check(&["y@gmail.com", "x@gmail.com"], Some(("x@gmail.com", true)));
        check(&["y@outlook.de", "x@yahoo.co.uk", "a@live.bolt.example"], Some(("live.bolt.example", true)));
        check(&["urn:uuid:7", "someone@localhost"], None);
        check(&[], None);
    }

    #[test]
    fn every_public_host_is_found() {
        assert!(PUBLIC.is_sorted() && PUBLIC.iter().all(|domain| is_public(domain)));
        assert!(is_public("gmx.de") && is_public("yahoo.co.uk") && !is_public("bolt.example"));
    }

    #[test]
    fn we_are_who_organises_most() {
        let events = [
            event("kim@acme.example", &["a@bolt.example", "b@bolt.example"]),
            event("ann@bolt.example", &[]),
            event("lee@acme.example", &[]),
            Event::default(),
        ];
        let guess = Us::guess(events.iter());
        assert_eq!(guess.found, Some(("acme.example".to_owned(), 2, 3)));
        let sides: Vec<_> = guess.us.people(&events[0]).into_iter().map(|it| (it.id, it.side)).collect();
        let customer = Some(Side::Customer);
        let expected = [
            ("a@bolt.example", customer),
            ("b@bolt.example", customer),
            ("kim@acme.example", Some(Side::Internal)),
        ];
        assert_eq!(sides, expected);
        // Who works from a public address is not everybody there.
        let alone = Us::guess([event("kim@gmail.com", &[])].iter());
        assert_eq!(alone.us.side("kim@gmail.com"), Some(Side::Internal));
        assert_eq!(alone.us.side("ann@gmail.com"), customer);
        assert!(Us::guess([Event::default()].iter()).found.is_none());
    }
}
