//! Puts the component where the crate takes it from, and a copy where other hosts find it.
//!
//! - `REDTAPE_COMPONENT=FILE` names a ready one.
//! - In the workspace it is built, and left in `carried/`, which `cargo package` takes along with its sha-256.
//! - In a package it is what was carried: neither cargo nor rustup is started.

#[path = "build/encode.rs"]
mod encode;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use sha2::{Digest, Sha256};

use encode::{Result, crate_folder, encode, end, out_dir, target_root};

fn main() -> ExitCode {
    end(run())
}

fn run() -> Result<()> {
    println!("cargo::rerun-if-env-changed=REDTAPE_COMPONENT");
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|it| it == "wasm32") {
        return Ok(());
    }
    let folder = crate_folder()?;
    let workspace = folder.ancestors().nth(2).map(Path::to_owned).unwrap_or_default();
    let carried = folder.join("carried/redtape.wasm");
    let is_workspace = workspace.join("plugin/encode/Cargo.toml").is_file();
    let ready = env::var_os("REDTAPE_COMPONENT").filter(|file| !file.is_empty()).map(PathBuf::from);
    let (component, sha256) = match ready {
        Some(file) => {
            // An absolute path stays what it is.
            let file = workspace.join(file);
            println!("cargo::rerun-if-changed={}", file.display());
            read(&file, "REDTAPE_COMPONENT names `")?
        }
        None if is_workspace => {
            let built = out_dir()?.join("built.wasm");
            encode(&workspace, "redtape-component", "plugin/component", &built)?;
            let (component, sha256) = read(&built, "the build left `")?;
            replace(&carried, &component)?;
            replace(&carried.with_extension("wasm.sha256"), sha256.as_bytes())?;
            (component, sha256)
        }
        None => {
            let (component, sha256) = read(&carried, "the package carries `")?;
            let expected = fs::read_to_string(carried.with_extension("wasm.sha256"))?;
            if expected.trim() != sha256 {
                return Err(format!(
                    "the component in the package has the sha-256 {sha256}, expected {expected}"
                )
                .into());
            }
            (component, sha256)
        }
    };
    println!("cargo::rustc-env=REDTAPE_COMPONENT_SHA256={sha256}");
    if is_workspace {
        replace(&target_root()?.join("component/redtape.wasm"), &component)?;
    }
    Ok(fs::write(out_dir()?.join("redtape.wasm"), component)?)
}

/// A component and its sha-256.
fn read(file: &Path, whose: &str) -> Result<(Vec<u8>, String)> {
    let named = format!("{whose}{}`", file.display());
    let bytes = fs::read(file).map_err(|error| format!("{named}, which cannot be read: {error}"))?;
    // Both kinds of WebAssembly begin alike; the layer, in the bytes 6 and 7, tells a component from a core module.
    if !bytes.starts_with(b"\0asm") || bytes.get(6..8) != Some(&[1, 0]) {
        return Err(format!("{named}, which is no component").into());
    }
    let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    });
    Ok((bytes, sha256))
}

/// Writes a file; unchanged bytes keep their time stamp, and no reader sees half a file.
fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|held| held == bytes) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = file.with_extension(format!("{}.part", std::process::id()));
    fs::write(&part, bytes)?;
    Ok(fs::rename(&part, file)?)
}
