//! `redtape component`: what is embedded, and a copy of it for other hosts.

use std::fmt::Write;
use std::path::PathBuf;

use redtape::Engine;
use redtape::{Limits, Loader, Plugin};
use redtape_model::text::grouped;

use super::{Failure, Outcome, destination, out};

/// Prints what the embedded component is, or writes it to a file for other hosts.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  redtape component\n  redtape component -o redtape.wasm")]
pub(super) struct Component {
    /// Writes the component to FILE instead; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrites FILE.
    #[arg(long, requires = "output")]
    force: bool,
}

impl Component {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        match self.output {
            None => out::write(&about()?)?,
            Some(file) => destination::write(&file, self.force, Plugin::embedded_bytes())?,
        }
        Ok(Outcome::Done)
    }
}

fn about() -> Result<String, Failure> {
    let plugin = Loader::new().cache(true).embedded()?;
    let info = plugin.detector(Limits::default())?.info()?;
    let mut text = format!("plugin    {} {}\ncontract  {}\n", info.name, info.version, info.contract);
    let bytes = u64::try_from(Plugin::embedded_bytes().len()).unwrap_or_default();
    let mut line = |name: &str, value: &str| {
        // Writing to a `String` cannot fail.
        writeln!(text, "{name:<9} {value}").unwrap_or_default();
    };
    line("size", &format!("{} bytes", grouped(bytes)));
    line("sha-256", plugin.sha256());
    for (at, signal) in info.signals.iter().enumerate() {
        line(if at == 0 { "signals" } else { "" }, &format!("{} ({})", signal.name, signal.unit));
    }
    Ok(text)
}
