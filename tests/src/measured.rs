//! A run of the command with what it took.

use crate::command::command;
use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

/// Between two looks at a run.
const LOOK: Duration = Duration::from_millis(2);
/// Bytes of standard error that are kept.
const KEPT_BYTES: u64 = 64 << 10;

/// What a run took, and how it ended.
#[derive(Debug)]
pub struct Measured {
    /// Exit code; none: ended by a signal, or stopped because it went beyond what it may take.
    pub code: Option<i32>,
    /// The most memory it ever had, in MiB, as the kernel counts it (`VmHWM`); none where the kernel does not say.
    pub peak_mib: Option<u64>,
    /// Seconds of processor time, of all threads. Wall clocks depend on what else runs.
    pub seconds: f64,
    /// The first 64 KiB of standard error.
    pub err: String,
}

/// Runs the command, its output thrown away, and looks at it every two milliseconds. What takes more than `mib_max` or
/// `seconds_max` is stopped; the figures are then those at which it was.
pub fn measured(arguments: &[&str], mib_max: u64, seconds_max: f64) -> Measured {
    let mut command = command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command can be started");
    let stderr = child.stderr.take().expect("standard error is a pipe");
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut stderr = stderr;
        let kept = stderr.by_ref().take(KEPT_BYTES).read_to_end(&mut bytes);
        let rest = std::io::copy(&mut stderr, &mut std::io::sink());
        drop((kept, rest));
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let (mut peak, mut seconds) = (None, 0.0);
    let code = loop {
        peak = peak.max(peak_mib(child.id()));
        seconds = f64::max(seconds, processor_seconds(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status.code();
        }
        if peak.is_some_and(|mib| mib > mib_max) || seconds > seconds_max {
            child.kill().expect("a child can be stopped");
            child.wait().expect("a child can be waited for");
            break None;
        }
        std::thread::sleep(LOOK);
    };
    Measured { code, peak_mib: peak, seconds, err: reader.join().expect("the reader ends") }
}

fn peak_mib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? >> 10)
}

fn processor_seconds(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Fields 14 and 15, in ticks of which there are 100 a second; the name of the program, the second, may hold blanks.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let ticks = fields.next()?.parse::<u32>().ok()? + fields.next()?.parse::<u32>().ok()?;
    Some(f64::from(ticks) / 100.0)
}
