//! Builds the plugin and turns it into the component that this crate embeds.
//!
//! The component is left in `OUT_DIR` for `include_bytes!`, and in `<target folder>/component/redtape.wasm` for hosts in
//! other languages. `REDTAPE_COMPONENT=FILE` embeds a ready component instead, and starts neither cargo nor rustup.

#[path = "build/component.rs"]
mod component;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use component::{Result, build, end, out_dir, target_root, workspace};

fn main() -> ExitCode {
    end(run())
}

fn run() -> Result<()> {
    println!("cargo::rerun-if-env-changed=REDTAPE_COMPONENT");
    let component = match env::var_os("REDTAPE_COMPONENT").filter(|file| !file.is_empty()) {
        Some(file) => ready_component(Path::new(&file))?,
        None => build("redtape-plugin", "plugin")?,
    };
    fs::write(out_dir()?.join("redtape.wasm"), &component)?;
    publish(&target_root()?.join("component"), &component)
}

fn ready_component(file: &Path) -> Result<Vec<u8>> {
    let file = if file.is_absolute() { file.to_owned() } else { workspace()?.join(file) };
    println!("cargo::rerun-if-changed={}", file.display());
    let bytes = fs::read(&file).map_err(|error| {
        format!("REDTAPE_COMPONENT names `{}`, which cannot be read: {error}", file.display())
    })?;
    // Both kinds of WebAssembly begin alike; the layer, in the bytes 6 and 7, tells a component from a core module.
    if !bytes.starts_with(b"\0asm") || bytes.get(6..8) != Some(&[1, 0]) {
        return Err(format!("REDTAPE_COMPONENT names `{}`, which is no component", file.display()).into());
    }
    Ok(bytes)
}

/// Writes the component for other hosts; unchanged bytes keep their time stamp, and no reader sees half a file.
fn publish(folder: &Path, component: &[u8]) -> Result<()> {
    let file = folder.join("redtape.wasm");
    if fs::read(&file).is_ok_and(|held| held == component) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let part = folder.join(format!("redtape.wasm.{}", std::process::id()));
    fs::write(&part, component)?;
    fs::rename(&part, &file)?;
    Ok(())
}
