//! Builds the plugin and turns it into the component that this crate embeds.
//!
//! The component is left in `OUT_DIR` for `include_bytes!`, and in `<target folder>/component/redtape.wasm` for hosts in
//! other languages. `REDTAPE_COMPONENT=FILE` embeds a ready component instead, and starts neither cargo nor rustup.

#![expect(clippy::print_stderr, reason = "a build script tells people on standard error why it failed")]

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::ComponentEncoder;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What cargo or a user sets for the outer build. It must not reach the inner one: the plugin has one way to be built.
const OUTER_ONLY: [&str; 14] = [
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    "CLIPPY_ARGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

fn main() {
    if let Err(error) = run() {
        // Cargo shows a build script's standard error where it fails, so this is what a newcomer reads.
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<()> {
    let out_dir = PathBuf::from(variable("OUT_DIR")?);
    println!("cargo::rerun-if-env-changed=REDTAPE_COMPONENT");
    let component = match env::var_os("REDTAPE_COMPONENT").filter(|file| !file.is_empty()) {
        Some(file) => ready_component(Path::new(&file))?,
        None => built_component(&out_dir)?,
    };
    fs::write(out_dir.join("redtape.wasm"), &component)?;
    publish(&target_root(&out_dir)?.join("component"), &component)
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

fn built_component(out_dir: &Path) -> Result<Vec<u8>> {
    let workspace = workspace()?;
    for part in ["plugin/src", "plugin/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", workspace.join(part).display());
    }
    ensure_target(&workspace)?;
    let target_dir = target_root(out_dir)?.join("plugin");
    let mut cargo = clean_command(&variable("CARGO")?);
    cargo.current_dir(&workspace).args(["rustc", "--package", "redtape-plugin", "--lib"]);
    cargo.args(["--crate-type", "cdylib", "--target", WASM_TARGET, "--profile", "component"]);
    cargo.arg("--target-dir").arg(&target_dir);
    let output = cargo.output().map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the plugin could not be built for {WASM_TARGET}:\n\n{told}").into());
    }
    let module = target_dir.join(WASM_TARGET).join("component").join("redtape_plugin.wasm");
    let module = fs::read(&module)
        .map_err(|error| format!("the plugin's module `{}` cannot be read: {error}", module.display()))?;
    let encoded = ComponentEncoder::default().module(&module).and_then(|it| it.validate(true).encode());
    encoded
        .map_err(|error| format!("the plugin's module does not fit the contract in wit/: {error:#}").into())
}

/// Adds the WebAssembly target to the toolchain in use where it is missing.
fn ensure_target(workspace: &Path) -> Result<()> {
    let rustc = variable("RUSTC")?;
    if has_target(&rustc, workspace) {
        return Ok(());
    }
    let toolchain = env::var("RUSTUP_TOOLCHAIN").ok();
    let by_hand = match &toolchain {
        Some(toolchain) => format!("rustup target add --toolchain {toolchain} {WASM_TARGET}"),
        None => format!("rustup target add {WASM_TARGET}"),
    };
    let mut rustup = clean_command(&OsString::from("rustup"));
    rustup.current_dir(workspace).args(["target", "add"]);
    if let Some(toolchain) = &toolchain {
        rustup.args(["--toolchain", toolchain]);
    }
    let why = match rustup.arg(WASM_TARGET).output() {
        Ok(output) if output.status.success() && has_target(&rustc, workspace) => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("rustup could not be started: {error}"),
    };
    Err(format!(
        "the plugin is built for {WASM_TARGET}, which this toolchain does not have, and it could not be added.\n\n\
         {why}\n\n\
         Either run this where there is a network:\n    {by_hand}\n\
         or embed a component that was built elsewhere:\n    REDTAPE_COMPONENT=FILE cargo build"
    )
    .into())
}

fn has_target(rustc: &OsString, workspace: &Path) -> bool {
    let mut rustc = clean_command(rustc);
    rustc.current_dir(workspace).args(["--print", "target-libdir", "--target", WASM_TARGET]);
    let Ok(output) = rustc.output() else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    // rustc names the folder whether or not it is there.
    output.status.success() && folder.read_dir().is_ok_and(|mut files| files.next().is_some())
}

fn clean_command(program: &OsString) -> Command {
    let mut command = Command::new(program);
    for name in OUTER_ONLY {
        command.env_remove(name);
    }
    command
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

/// The target folder of the outer build: cargo marks it, and only it, with a CACHEDIR.TAG.
fn target_root(out_dir: &Path) -> Result<PathBuf> {
    let root = out_dir.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    root.map(Path::to_owned)
        .ok_or_else(|| format!("no folder above `{}` holds a CACHEDIR.TAG", out_dir.display()).into())
}

fn workspace() -> Result<PathBuf> {
    let host = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    host.parent().map(Path::to_owned).ok_or_else(|| "the host crate has no folder above it".into())
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).ok_or_else(|| format!("`{name}` is not set: run this through cargo").into())
}
