//! Builds the hostile component from the crate `hostile/`.

#[path = "../plugin/component/build/encode.rs"]
mod encode;

use std::path::Path;
use std::process::ExitCode;

use encode::{Result, crate_folder, encode, end, out_dir};

fn main() -> ExitCode {
    end(run())
}

fn run() -> Result<()> {
    let folder = crate_folder()?;
    let workspace = folder.parent().map(Path::to_owned).unwrap_or_default();
    encode(&workspace, "redtape-hostile", "tests/hostile", &out_dir()?.join("hostile.wasm"))
}
