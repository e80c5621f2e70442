//! What a calendar calls people, beside their addresses.
//!
//! Meetings need addresses only; a title calls people by their names.

use super::event::address;
use super::property::{Property, unescape};
use crate::names::Names;

/// Takes down what somebody is called, whether he takes part or not. Rooms, things and groups are nobody.
pub(super) fn see(property: Property<'_>, names: &Names) {
    if !property.is("ATTENDEE") && !property.is("ORGANIZER") {
        return;
    }
    let kind = property.parameter("CUTYPE").unwrap_or_default();
    if ["ROOM", "RESOURCE", "GROUP"].iter().any(|it| kind.eq_ignore_ascii_case(it)) {
        return;
    }
    let id = address(property).unwrap_or_default();
    for name in [property.parameter("CN"), property.parameter("EMAIL")].into_iter().flatten() {
        // RFC 6868 has an escape for the quote, which some write all the same.
        names.see(&id, unescape(&name.replace("^'", "'")).trim_matches(['"', '\'']));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_called_by_their_common_names_and_rooms_are_nobody() {
        let names = Names::default();
        for line in [
            "ATTENDEE;CN=\"Seven, Person\";PARTSTAT=DECLINED:mailto:P.Seven@acme.example",
            "ORGANIZER;CN=Person Eight;EMAIL=p.eight@acme.example:urn:uuid:8",
            "ATTENDEE;CUTYPE=ROOM;CN=Room One:mailto:room@acme.example",
            "ATTENDEE:mailto:p.nine@acme.example",
            "CONTACT;CN=x:y",
        ] {
            see(Property::read(line).unwrap(), &names);
        }
        let told: Vec<String> =
            names.take_new().into_iter().map(|it| format!("{}={}", it.id, it.name)).collect();
        assert_eq!(told, ["p.seven@acme.example=Seven, Person", "p.eight@acme.example=Person Eight"]);
    }
}
