//! Builds the hostile component from the crate `hostile/`.

#[path = "../plugin/component/build/encode.rs"]
mod encode;

use std::path::Path;
use std::process::ExitCode;

use encode::{Result, crate_folder, encode, end, out_dir, target_root};

fn main() -> ExitCode {
    end(run())
}

fn run() -> Result<()> {
    let folder = crate_folder()?;
    let workspace = folder.parent().map(Path::to_owned).unwrap_or_default();
    let file = target_root()?.join("component/hostile.wasm");
    encode(&workspace, "redtape-hostile", "tests/hostile", &file)?;
    std::fs::copy(&file, out_dir()?.join("hostile.wasm"))?;
    Ok(())
}
