//! The logs a command reads, as every command that reads some is told of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use redtape_import::Accounts;
use redtape_import::Input;
use redtape_import::Names;
use redtape_import::input::{self, Encoding, Format, Reading};
use redtape_import::mapping::{self, Mapping};
use redtape_model::calendar::{Instant, Zone};

use super::{Failure, engine};

/// Which logs are read, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Logs {
    /// Logs to read, joined in the order of time; `-` is standard input.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// What the logs are written in; without it each is known by its first bytes and its name.
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    from: Option<Format>,
    /// How records of CSV and JSON become activities: one of `redtape mappings`, or a file. Without it the ready mapping
    /// that knows the columns is taken. With LOG= in front it holds for the logs of that name or pattern alone
    /// (`visits-*.csv=visits.toml`); so it may be given several times.
    #[arg(long, value_name = "[LOG=]NAME|FILE")]
    mapping: Vec<String>,
    /// A table of accounts (CSV, JSON; columns such as id, name, tier, service, tags, domains, former ids): whatever the
    /// logs call an account by, it is one account, and what the table says of it becomes its profile. May be given
    /// several times.
    #[arg(long = "accounts", value_name = "FILE")]
    account_tables: Vec<PathBuf>,
    /// What stands between the columns of CSV, such as `;` or `tab`; without it the header shows.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The sheet of a workbook, by its name or its number from 1; without it the first that is shown.
    #[arg(long, value_name = "NAME|NUMBER")]
    sheet: Option<String>,
    /// How text is encoded, such as `windows-1252` or `utf-16le`; without it UTF-8, or what the file itself shows.
    #[arg(long, value_name = "ENCODING", value_parser = encoding)]
    encoding: Option<Encoding>,
    /// The zone of times that are written without one, such as `Europe/London`; without it what the mapping or the log
    /// itself says, or UTC. `calibrate` lets weeks begin in it as well.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    time_zone: Option<Zone>,
    /// Calendars: where the account of a meeting is found. Without a customer's address the category counts, without one
    /// the name of the file.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = AccountFrom::Domain)]
    account_from: AccountFrom,
    /// Calendars: a domain of our own people, everybody else is a customer; may be given several times. Without it the
    /// domain that organises most.
    #[arg(long = "own-domain", value_name = "DOMAIN")]
    own_domains: Vec<String>,
    /// What people are called, as far as it was read.
    #[arg(skip)]
    names: Names,
}

/// The mappings of single logs, each with the name or pattern of its logs, and the one of the rest.
type Mappings = (Vec<(String, Arc<Mapping>)>, Option<Arc<Mapping>>);

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AccountFrom {
    /// The domain of the customer's people.
    Domain,
    /// The first category.
    Category,
    /// The name of the file.
    File,
}

fn delimiter(text: &str) -> Result<u8, String> {
    mapping::delimiter(text).ok_or_else(|| "expected one ASCII character, or `tab`".to_owned())
}

fn encoding(name: &str) -> Result<Encoding, String> {
    Encoding::named(name).ok_or_else(|| "expected an encoding such as `windows-1252`".to_owned())
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name).ok_or_else(|| "expected a time zone such as `Europe/London`".to_owned())
}

/// The formats by their names.
fn formats() -> impl TypedValueParser<Value = Format> {
    let names: Vec<&str> = Format::all().map(Format::name).collect();
    PossibleValuesParser::new(names).try_map(|name| Format::named(&name).ok_or("no format"))
}

impl Logs {
    /// Opens all of them; what repeats without end ends at the present.
    pub(super) fn open(&self) -> Result<Input, Failure> {
        self.open_until(engine::present())
    }

    /// The same; what repeats without end ends at `until`.
    pub(super) fn open_until(&self, until: Instant) -> Result<Input, Failure> {
        if self.stdin_count() > 1 {
            return Err(Failure::Usage(
                "standard input can be read once: `-` is given several times".to_owned(),
            ));
        }
        let account_from = match self.account_from {
            AccountFrom::Domain => input::AccountFrom::Domain,
            AccountFrom::Category => input::AccountFrom::Category,
            AccountFrom::File => input::AccountFrom::File,
        };
        let (mappings, mapping) = self.mappings()?;
        let accounts = match self.account_tables.as_slice() {
            [] => None,
            tables => Some(Accounts::open(tables)?),
        };
        let reading = Reading {
            from: self.from,
            mapping,
            mappings,
            accounts,
            delimiter: self.delimiter,
            sheet: self.sheet.clone(),
            encoding: self.encoding,
            time_zone: self.time_zone,
            until: Some(until),
            account_from,
            own_domains: self.own_domains.clone(),
            names: Some(self.names.clone()),
        };
        Ok(Input::open_as(&self.logs, &reading)?)
    }

    /// What people are called in the logs, as far as these were read.
    pub(super) fn names(&self) -> Names {
        self.names.clone()
    }

    /// The mappings of single logs, and the one of the rest.
    fn mappings(&self) -> Result<Mappings, Failure> {
        let (mut of_logs, mut of_the_rest) = (Vec::new(), None);
        for given in &self.mapping {
            // A file may have such a name itself.
            let parts = given.split_once('=').filter(|_| !Path::new(given).is_file());
            let Some((log, mapping)) = parts else {
                if of_the_rest.is_some() {
                    return Err(Failure::Usage(format!(
                        "`--mapping` is given twice for all logs: say which log `{given}` is for, such as `visits.csv={given}`"
                    )));
                }
                of_the_rest = Some(Mapping::open(given)?);
                continue;
            };
            if !self.logs.iter().any(|name| input::is_called(&name.display().to_string(), log)) {
                return Err(Failure::Usage(format!(
                    "no log is called `{log}`, which `--mapping {given}` is for"
                )));
            }
            of_logs.push((log.to_owned(), Mapping::open(mapping)?));
        }
        Ok((of_logs, of_the_rest))
    }

    /// The zone that was asked for.
    pub(super) fn time_zone(&self) -> Option<Zone> {
        self.time_zone
    }

    /// Refuses standard input, for a command that reads its logs `again`, such as "once for each policy".
    pub(super) fn must_be_files(&self, again: &str) -> Result<(), Failure> {
        match self.stdin_count() {
            0 => Ok(()),
            _ => Err(Failure::Usage(format!(
                "`-` can be read once, and this reads its logs {again}: write them to a file first"
            ))),
        }
    }

    fn stdin_count(&self) -> usize {
        self.logs.iter().filter(|log| log.as_os_str() == "-").count()
    }
}
