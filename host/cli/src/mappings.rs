//! `redtape mappings`: the mappings that are ready, and the text of each.

use redtape_import::Mapping;

use super::{Failure, Outcome, out};

const EXAMPLES: &str = "\
Examples:
  redtape mappings
  redtape mappings salesforce-event > ours.toml
  redtape scan --mapping ours.toml events.csv";

/// Lists the mappings that are ready, or prints one to begin your own with.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Mappings {
    /// The mapping to print.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Mappings {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let Some(name) = self.name else {
            out::write(&list())?;
            return Ok(Outcome::Done);
        };
        match Mapping::ready(&name) {
            Some(mapping) => out::write(mapping.text())?,
            None => {
                let names: Vec<&str> = Mapping::all_ready().map(|mapping| mapping.name()).collect();
                return Err(Failure::Usage(format!(
                    "no ready mapping `{name}`: there are {}",
                    names.join(", ")
                )));
            }
        }
        Ok(Outcome::Done)
    }
}

fn list() -> String {
    let width = Mapping::all_ready().map(|mapping| mapping.name().len()).max().unwrap_or_default();
    Mapping::all_ready().map(|mapping| format!("{:<width$}  {}\n", mapping.name(), mapping.about())).collect()
}
