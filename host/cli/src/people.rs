//! How people appear, as every command that shows some is told of it.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::{env, fs};

use clap::ValueEnum;
use redtape_import::Error as ImportError;
use redtape_workbench::privacy::Mask;
use redtape_workbench::privacy::People;

use super::logs::Logs;
use super::{Failure, out};

/// Where a key may stand instead of a file.
const KEY_VARIABLE: &str = "REDTAPE_PEOPLE_KEY";
/// How somebody makes a key.
const MAKE_ONE: &str =
    "make one with `(umask 077; head -c 32 /dev/urandom | base64 > people.key)` and keep it secret";
/// Bytes of a file with a key.
const KEY_BYTES_MAX: usize = 64 << 10;

/// How people are named.
#[derive(Debug, clap::Args)]
pub(super) struct PeopleOptions {
    /// How people appear.
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Naming::Numbered)]
    people: Naming,
    /// A file with the key of the pseudonyms, at least 16 random bytes, that nobody else may read; without it the
    /// environment's REDTAPE_PEOPLE_KEY.
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
    fn people(&self) -> Result<People, Failure> {
        match self.people {
            Naming::Pseudonyms => self.keyed(),
            _ if self.people_key.is_some() => Err(Failure::Usage(
                "option `--people-key` is for pseudonyms: add `--people pseudonyms`".to_owned(),
            )),
            Naming::Numbered => Ok(People::numbered()),
            Naming::Names => Ok(People::names()),
        }
    }

    /// What stands for people in whatever is written of these logs.
    pub(super) fn mask(&self, logs: &Logs) -> Result<Mask, Failure> {
        Ok(Mask::new(self.people()?, logs.names()))
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

/// Says where names may be left that should not be.
pub(super) fn warn(mask: &Mask) {
    if !mask.names_people() && mask.is_full() {
        out::note(
            "note: more people are named than are looked for in titles: some of their names may still stand there",
        );
    }
}

/// The key of a file, without the line end that editors add.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if let Ok(about) = fs::metadata(file) {
        is_private(file, &about)?;
    }
    let bytes = redtape_model::whole::bytes(file, "key", KEY_BYTES_MAX);
    let bytes = bytes.map_err(|source| ImportError::Io { name: file.display().to_string(), source })?;
    Ok(bytes.trim_ascii_end().to_owned())
}

/// Refuses a key that others on this machine may read: whoever has it can tell who a pseudonym is.
#[cfg(unix)]
fn is_private(path: &Path, about: &Metadata) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = about.permissions().mode() & 0o777;
    if about.is_file() && mode & 0o077 != 0 {
        let path = path.display();
        return Err(Failure::Usage(format!(
            "`{path}` may be read or written by others (mode {mode:04o}), and its pseudonyms are worth as much as its key: \
             `chmod 600 {path}`, or make a new key where others may have read it"
        )));
    }
    Ok(())
}

#[cfg(not(unix))]
fn is_private(_: &Path, _: &Metadata) -> Result<(), Failure> {
    Ok(())
}
