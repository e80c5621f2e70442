//! How people appear, as every command that shows some is told of it.

use std::env;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use redtape::output::People;

use super::Failure;

/// Where a key may stand instead of a file.
const KEY_VARIABLE: &str = "REDTAPE_PEOPLE_KEY";
/// Bytes of a file with a key.
const KEY_BYTES_MAX: usize = 64 << 10;
/// How somebody makes a key.
const MAKE_ONE: &str = "make one with `head -c 32 /dev/urandom | base64 > people.key` and keep it secret";

/// How people are named.
#[derive(Debug, clap::Args)]
pub(super) struct PeopleOptions {
    /// How people appear.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Naming::Numbered)]
    people: Naming,
    /// A file with the key of the pseudonyms, at least 16 bytes; without it the environment's REDTAPE_PEOPLE_KEY.
    #[arg(long, value_name = "FILE")]
    people_key: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Naming {
    /// As person 1, person 2 and so on, in the order in which they appear.
    Numbered,
    /// As HMAC-SHA-256 of their id, the same in every report with the same key.
    Pseudonyms,
    /// As the log names them.
    Names,
}

impl PeopleOptions {
    /// What gives people their names.
    pub(super) fn people(&self) -> Result<People, Failure> {
        match self.people {
            Naming::Pseudonyms => self.keyed(),
            _ if self.people_key.is_some() => Err(Failure::Usage(
                "option `--people-key` is for pseudonyms: add `--people pseudonyms`".to_owned(),
            )),
            Naming::Numbered => Ok(People::numbered()),
            Naming::Names => Ok(People::names()),
        }
    }

    /// Whether people keep their names.
    pub(super) fn are_names(&self) -> bool {
        self.people == Naming::Names
    }

    fn keyed(&self) -> Result<People, Failure> {
        let (origin, key) = match &self.people_key {
            Some(file) => (format!("`{}`", file.display()), read(file)?),
            None => match env::var_os(KEY_VARIABLE).filter(|key| !key.is_empty()) {
                Some(key) => (format!("environment variable `{KEY_VARIABLE}`"), key.into_encoded_bytes()),
                None => {
                    return Err(Failure::Usage(format!(
                        "option `--people pseudonyms` needs a key: give `--people-key FILE`, or set `{KEY_VARIABLE}`; {MAKE_ONE}"
                    )));
                }
            },
        };
        People::keyed(&key).map_err(|error| Failure::Usage(format!("{origin}: {error}; {MAKE_ONE}")))
    }
}

/// The key of a file, without the line end that editors add.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = redtape_import::whole::bytes(file, "key", KEY_BYTES_MAX)?;
    Ok(bytes.trim_ascii_end().to_owned())
}
