//! Processes in turn: how long each takes, and how much memory it held at most.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often a process is looked at: what it takes within this much of its end is not seen.
const LOOK: Duration = Duration::from_millis(2);
/// What the rivals need, in versions that were tried.
const PACKAGES: [&str; 2] = ["duckdb==2.0.0", "polars==2.1.0"];
const PANDAS: &str = "pandas==3.1.1";

/// A program that takes part.
#[derive(Debug)]
pub(crate) struct Contestant {
    name: String,
    command: Command,
    says_seconds: bool,
    seconds: Vec<f64>,
    peak_kb: u64,
    failure: Option<String>,
}

impl Contestant {
    /// One that is timed from its start to its end.
    pub(crate) fn new(name: impl Into<String>, command: Command) -> Self {
        let (seconds, peak_kb, failure) = (Vec::new(), 0, None);
        Self { name: name.into(), command, says_seconds: false, seconds, peak_kb, failure }
    }

    /// One whose output ends with the seconds it took.
    pub(crate) fn timed_by_itself(name: impl Into<String>, command: Command) -> Self {
        Self { says_seconds: true, ..Self::new(name, command) }
    }

    fn run(&mut self, folder: &Path) -> Result<f64, String> {
        let (out, err) = (folder.join("out.txt"), folder.join("err.txt"));
        let file = |path: &Path| File::create(path).map_err(|error| error.to_string());
        self.command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&err)?);
        let start = Instant::now();
        let mut child = self.command.spawn().map_err(|error| error.to_string())?;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
                break status;
            }
            self.peak_kb = self.peak_kb.max(peak_kb(child.id()));
            thread::sleep(LOOK);
        };
        let seconds = start.elapsed().as_secs_f64();
        if !status.success() {
            let told = fs::read_to_string(err).unwrap_or_default();
            return Err(reason(&told));
        }
        if !self.says_seconds {
            return Ok(seconds);
        }
        let told = fs::read_to_string(out).unwrap_or_default();
        let last = told.lines().last().unwrap_or_default();
        last.parse().map_err(|_error| format!("it says `{last}`, which is no number of seconds"))
    }
}

/// The most memory a process has had in RAM so far, in kB; 0 once it is gone.
fn peak_kb(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}

/// Runs all in turn, `rounds` times after one that is not counted.
pub(crate) fn run(contestants: &mut [Contestant], rounds: usize, folder: &Path) {
    for round in 0..=rounds {
        for contestant in contestants.iter_mut().filter(|it| it.failure.is_none()) {
            match contestant.run(folder) {
                Ok(seconds) if round > 0 => contestant.seconds.push(seconds),
                Ok(_) => {}
                Err(reason) => contestant.failure = Some(reason),
            }
        }
    }
}

/// Prints what they did; ratios are to the first.
pub(crate) fn table(contestants: &[Contestant], lines: u64) {
    println!("| what | seconds | min to max | lines/s | peak MB | ratio |\n|---|---|---|---|---|---|");
    let mut first = None;
    for contestant in contestants {
        let Contestant { name, seconds, peak_kb, failure, .. } = contestant;
        let mut seconds = seconds.clone();
        seconds.sort_by(f64::total_cmp);
        let (Some(min), Some(median), Some(max), None) =
            (seconds.first(), seconds.get(seconds.len() / 2), seconds.last(), failure)
        else {
            println!("| {name} | failed: {} |", failure.as_deref().unwrap_or("it never ran"));
            continue;
        };
        let ratio = median / *first.get_or_insert(*median);
        let rate = lines as f64 / median;
        let peak_mb = peak_kb / 1024;
        println!("| {name} | {median:.2} | {min:.2} to {max:.2} | {rate:.0} | {peak_mb} | {ratio:.2} |");
    }
}

/// A Python with the rivals in it, in an environment below `folder`; made where it is missing.
pub(crate) fn python(folder: &Path, with_pandas: bool) -> Result<PathBuf, String> {
    let environment = folder.join("venv");
    let python = environment.join("bin").join("python");
    if !python.is_file() {
        quietly(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let packages = PACKAGES.into_iter().chain(with_pandas.then_some(PANDAS));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    quietly(Command::new(&python).args(pip).args(packages))?;
    Ok(python)
}

fn quietly(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("Python could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(reason(&told))
}

/// Of a traceback, or of whatever else was told, the line that says why.
fn reason(told: &str) -> String {
    let line = told.lines().rfind(|line| line.contains("Error:")).or_else(|| told.lines().last());
    line.unwrap_or("it failed without a word").to_owned()
}
