//! The grammar of the command line as data for clap: names, values, help. Doing it is the work of the
//! other files of this folder.

mod desk;
mod inbox;
mod people;
mod sending;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use desk::{BlockArgs, CheckArgs, CurlArgs, QrArgs, SyncArgs, TakeBackArgs, UnblockArgs};
pub use inbox::{CallbackArgs, InboxCommand, RuleArgs, RulesCommand, ServeArgs};
pub use people::{
    ImportArgs, ImportFormat, MemberCommand, SubscriberAdd, SubscriberCommand, SubscriberEdit, TopicAdd,
    TopicCommand, TopicEdit, Whom,
};
pub use sending::{
    BroadcastCommand, By, FailuresArgs, FormatWord, GateArgs, HistoryCommand, ReplayArgs, ReportFormat,
    ScheduleCommand, SendArgs, SettleArgs, SettledWord, Which,
};

const EXAMPLES: &str = "Examples:
  pushdeck demo
  pushdeck channel add ops --kind wxpusher --secret-file app_token=token.txt
  pushdeck subscriber add 王小明 --address ops=@uid.txt --topic ops
  echo 'The power is back.' | pushdeck send --to topic:ops --title Power --format text --wait -
  pushdeck history failures

Exit codes: 0 ok, 1 unexpected, 2 usage, 3 partial, 4 not found, 5 config or data file, 6 credential or refused,
7 network, 8 rate or quota, 9 confirmation missing or audience changed, 10 busy or read-only, 130 interrupted.";

/// A terminal push console that always knows exactly who was sent what.
#[derive(Debug, Parser)]
#[command(name = "pushdeck", version, about, after_help = EXAMPLES, subcommand_required = false)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// The command; none opens the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that stand before or after the command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// The folder of the store
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The configuration file
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long, global = true, conflicts_with_all = ["jsonl", "plain"])]
    pub json: bool,
    /// One JSON record a line
    #[arg(long, global = true, conflicts_with = "plain")]
    pub jsonl: bool,
    /// Tab-separated, one record a line, no heading
    #[arg(long, global = true)]
    pub plain: bool,
    /// Change nothing, send nothing
    #[arg(long, global = true)]
    pub readonly: bool,
    /// en or zh-CN
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<String>,
    /// More in the log; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Never ask anything
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Answer yes to what can be undone or is small; never stands for --confirm-count
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Whose name stands beside what is released
    #[arg(long, global = true, value_name = "NAME")]
    pub operator: Option<String>,
    /// The store key's file, for a sender that is started elsewhere
    #[arg(long, global = true, value_name = "FILE", hide = true)]
    pub key_file: Option<PathBuf>,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Channels: accounts, their settings and credentials
    #[command(subcommand)]
    Channel(ChannelCommand),
    /// Subscribers: people, their addresses, topics and tags
    #[command(subcommand)]
    Subscriber(SubscriberCommand),
    /// Topics: named lists of people
    #[command(subcommand)]
    Topic(TopicCommand),
    /// Send a message to an audience
    Send(Box<SendArgs>),
    /// Broadcasts: what is going out and what went out
    #[command(subcommand)]
    Broadcast(BroadcastCommand),
    /// What goes out again and again; `send --cron` makes one
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Deliveries: who got it, who did not, and why
    #[command(subcommand)]
    History(HistoryCommand),
    /// Loopback servers that speak the providers' protocols and record what they receive
    Sandbox(SandboxArgs),
    /// The console over sample people and the sandbox; leaves nothing behind
    Demo,
    /// What people wrote and did, and what they are answered
    #[command(subcommand)]
    Inbox(InboxCommand),
    /// A sender that stays, and with --listen a receiver of callbacks
    Serve(ServeArgs),
    /// Take the place of a sender that is alive and does not answer; what it had in the air becomes unknown
    Takeover,
    /// Who did what
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The store itself: copies, and whether it is sound
    #[command(subcommand)]
    Db(DbCommand),
    /// What works here and what does not
    Doctor,
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Completion for a shell
    Completion {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// The detached sender; started by the others
    #[command(hide = true)]
    Sender,
}

/// `pushdeck channel …`
#[derive(Debug, Subcommand)]
pub enum ChannelCommand {
    /// Add a channel
    Add(ChannelAdd),
    /// What can be sent through; with a kind: its fields, limits and addresses
    Kinds {
        /// Such as wxpusher
        kind: Option<String>,
    },
    /// List the channels
    List,
    /// Show a channel; credentials stay masked
    Show {
        /// Name or id
        channel: String,
    },
    /// Change a channel
    Edit(ChannelEdit),
    /// Take a channel out of use; its history stays
    Remove {
        /// Name or id
        channel: String,
        /// From 50 addresses on
        #[command(flatten)]
        gate: GateArgs,
    },
    /// Prove the credential without sending anything to anybody
    Verify {
        /// Name or id
        channel: String,
    },
    /// Send a test to yourself (see `subscriber me`)
    Test {
        /// Name or id
        channel: String,
    },
    /// Stop calls on a channel; its deliveries wait
    Pause {
        /// Name or id
        channel: String,
    },
    /// Go on with a channel
    Resume {
        /// Name or id
        channel: String,
    },
    /// Compare with the provider's list of followers; shows what differs before anything changes
    Sync(SyncArgs),
    /// Show a QR code that people follow by
    Qr(QrArgs),
    /// Show the callback URL to enter at the provider; it is a secret
    Callback(CallbackArgs),
    /// Add channels, and a person for each address, from Apprise URLs
    Import(ChannelImport),
    /// Write channels and whom they reach as Apprise URLs
    Export(ChannelExport),
}

/// `pushdeck channel import`
#[derive(Debug, Args)]
pub struct ChannelImport {
    /// A file of Apprise URLs or providers' own hook addresses, one a line, or YAML with `urls:`; - for standard input
    #[arg(value_name = "FILE|-")]
    pub file: String,
    /// Check the file and say what it would do
    #[arg(long)]
    pub dry_run: bool,
    /// Only the channels, nobody who is reached over them
    #[arg(long)]
    pub no_people: bool,
}

/// `pushdeck channel export`
#[derive(Debug, Args)]
pub struct ChannelExport {
    /// Names or ids; none for all
    #[arg(value_name = "NAME")]
    pub channels: Vec<String>,
    /// Write out credentials and secret addresses
    #[arg(long)]
    pub reveal: bool,
}

/// `pushdeck channel add`
#[derive(Debug, Args)]
pub struct ChannelAdd {
    /// A name for it
    pub name: String,
    /// Such as wxpusher; `channel kinds` lists them
    #[arg(long)]
    pub kind: String,
    /// A setting
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub settings: Vec<String>,
    /// A credential from a file, or from standard input with `-`
    #[arg(long = "secret-file", value_name = "FIELD=PATH|-")]
    pub secret_files: Vec<String>,
}

/// `pushdeck channel edit`
#[derive(Debug, Args)]
pub struct ChannelEdit {
    /// Name or id
    pub channel: String,
    /// A new name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A setting
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub settings: Vec<String>,
    /// Clear a setting or a credential
    #[arg(long = "unset", value_name = "FIELD")]
    pub unset: Vec<String>,
    /// A credential from a file, or from standard input with `-`
    #[arg(long = "secret-file", value_name = "FIELD=PATH|-")]
    pub secret_files: Vec<String>,
}

/// `pushdeck sandbox`
#[derive(Debug, Args)]
#[command(after_help = crate::sandbox::fault_table())]
pub struct SandboxArgs {
    /// Append every received message to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// The first of the ports, one for each server in a row; without it the system chooses
    #[arg(long, value_name = "N")]
    pub port_base: Option<u16>,
    /// Wait before every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
}

/// `pushdeck db …`
#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Copy the store into a new file, while others work on it; the key is not in it
    Backup {
        /// Where to
        file: PathBuf,
    },
    /// Put a copy in the place of the store; what is not final in it becomes unknown
    Restore {
        /// The copy
        file: PathBuf,
    },
    /// Look at pages, references, books, counters and log; changes nothing
    Check,
}

/// `pushdeck audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List what was done, newest first
    List {
        /// Which page
        #[command(flatten)]
        page: PageArgs,
    },
    /// Check that no entry was changed or taken out; prints the head of the chain, to be kept elsewhere
    Verify,
}

/// `pushdeck config …`
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Every place that the program uses
    Path,
    /// The value of a key
    Get {
        /// Such as send.idle
        key: String,
    },
    /// Set a key; comments and order stay
    Set {
        /// Such as send.idle
        key: String,
        /// Its value: a text, a number, true or false, or a list of keys in brackets
        value: String,
    },
    /// Read the file and say what is wrong with it
    Check,
}

/// A page of a list.
#[derive(Debug, Clone, Args)]
pub struct PageArgs {
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Go on after this id: `page.next` of the page before
    #[arg(long, value_name = "ID")]
    pub after: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in [
            ["pushdeck", "--json", "--data-dir", "/d", "channel", "list"],
            ["pushdeck", "channel", "list", "--json", "--data-dir", "/d"],
        ] {
            let cli = Cli::try_parse_from(line).expect("a sound line");
            assert!(cli.globals.json && cli.globals.data_dir.is_some());
        }
    }
}
