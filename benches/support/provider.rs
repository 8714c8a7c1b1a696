//! The sandbox in a process of its own: this binary again, with another role.
//!
//! Both loops talk to the same process, so what the provider costs is the same for both. It ends when the
//! pipe to it closes, so it never outlives its bench.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use pushdeck::sandbox::{Kind, Memory, Options, Rate, Sandbox};

use super::args::Args;

/// A running provider.
pub struct Provider {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    pub wxpusher: String,
    pub bark: String,
}

/// What it received and what it refused.
pub struct Received {
    pub messages: usize,
    pub over_rate: usize,
}

impl Provider {
    /// Starts one that answers after `latency_ms` and allows `rate` calls a second (0: any number).
    pub fn start(latency_ms: usize, rate: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("a program has a path"))
            .args(["--role", "provider", "--latency", &latency_ms.to_string(), "--rate", &rate.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary starts again");
        let stdin = child.stdin.take().expect("piped above");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped above"));
        let wxpusher = line(&mut stdout);
        let bark = line(&mut stdout);
        Self { child, stdin, stdout, wxpusher, bark }
    }

    /// Ends it; tells what it received.
    pub fn stop(mut self) -> Received {
        drop(self.stdin);
        let mut number = || line(&mut self.stdout).parse().expect("the provider says numbers");
        let received = Received { messages: number(), over_rate: number() };
        self.child.wait().expect("our own child");
        received
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("the provider speaks");
    line.trim().to_owned()
}

/// The provider's own `main`.
pub fn serve(args: &Args) {
    let latency = Duration::from_millis(args.number("latency", 0) as u64);
    let calls = args.number("rate", 0);
    let options = Options { memory: Memory::Totals, ..Options::default() }.each(|script| {
        script.latency = latency;
        script.fault_words = false;
        script.rate = (calls > 0).then_some(Rate { calls, per: Duration::from_secs(1) });
    });
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("worker threads");
    let sandbox = threads.block_on(Sandbox::start(options)).expect("loopback ports");
    println!("{}\n{}", sandbox.wxpusher_url(), sandbox.bark_url());
    std::io::stdout().flush().expect("the bench reads");
    let mut ended = String::new();
    std::io::stdin().read_to_string(&mut ended).expect("the pipe closes");
    let totals = [Kind::Wxpusher, Kind::Bark].map(|kind| sandbox.totals(kind));
    let messages: u64 = totals.iter().map(|one| one.messages).sum();
    let over_rate: u64 = totals.iter().map(|one| one.over_rate).sum();
    println!("{messages}\n{over_rate}");
    threads.block_on(sandbox.stop());
}
