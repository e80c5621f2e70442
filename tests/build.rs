//! Builds the hostile component from the crate `hostile/`.

#[path = "../host/build/component.rs"]
mod component;

use std::fs;
use std::process::ExitCode;

use component::{Result, build, end, out_dir};

fn main() -> ExitCode {
    end(run())
}

fn run() -> Result<()> {
    Ok(fs::write(out_dir()?.join("hostile.wasm"), build("redtape-hostile", "tests/hostile")?)?)
}
