//! `redtape man`: one manual page with all subcommands.

use super::{Failure, Outcome, out};

pub(super) fn run(command: clap::Command) -> Result<Outcome, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(Failure::Write)?;
    let scan = command.find_subcommand("scan").cloned();
    if let Some(scan) = scan {
        let scan = clap_mangen::Man::new(scan.name("redtape scan").disable_help_flag(true));
        page.extend_from_slice(b".SH SCAN\n");
        scan.render_description_section(&mut page).map_err(Failure::Write)?;
        scan.render_options_section(&mut page).map_err(Failure::Write)?;
    }
    out::write_bytes(&page)?;
    Ok(Outcome::Done)
}
