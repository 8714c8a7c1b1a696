//! The grammar of `send`, `broadcast` and `history`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::PageArgs;
use super::desk::{CurlArgs, TakeBackArgs};
use crate::domain::message::Format;

/// What must be true of the number before anything is written.
#[derive(Debug, Clone, Default, Args)]
pub struct GateArgs {
    /// It must be exactly this many people
    #[arg(long, value_name = "N", conflicts_with = "max_audience")]
    pub confirm_count: Option<i64>,
    /// It may be up to this many people (for scripts and cron)
    #[arg(long, value_name = "N")]
    pub max_audience: Option<i64>,
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatWord {
    /// Plain text
    Text,
    /// HTML
    Html,
    /// CommonMark
    Markdown,
}

impl From<FormatWord> for Format {
    fn from(word: FormatWord) -> Self {
        match word {
            FormatWord::Text => Self::Text,
            FormatWord::Html => Self::Html,
            FormatWord::Markdown => Self::Markdown,
        }
    }
}

/// `pushdeck send`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("audience").args(["to", "topics", "people"]).multiple(false)))]
pub struct SendArgs {
    /// The audience, such as `topic:ops -tag:muted`
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// Everybody in this topic; several: in one of them
    #[arg(long = "topic", value_name = "TOPIC")]
    pub topics: Vec<String>,
    /// This person, by id, name or address
    #[arg(long = "person", value_name = "ID")]
    pub people: Vec<String>,
    /// A channel, in order of preference; none: all, in the order they were made
    #[arg(long = "channel", value_name = "CHANNEL")]
    pub channels: Vec<String>,
    /// Every address of a person, not only the first usable one
    #[arg(long)]
    pub all_channels: bool,
    /// Whoever one channel cannot reach (gone, blocked, window closed) gets it on the next
    #[arg(long, conflicts_with = "all_channels")]
    pub fallback: bool,
    /// Take the place of what arrived of this broadcast, where the provider can do that
    #[arg(long, value_name = "ID", conflicts_with = "cron")]
    pub replaces: Option<String>,
    /// The headline
    #[arg(long, allow_hyphen_values = true)]
    pub title: String,
    /// The short text on a card
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    pub summary: String,
    /// Where a tap leads
    #[arg(long, default_value = "", hide_default_value = true)]
    pub url: String,
    /// How the body is written
    #[arg(long)]
    pub format: FormatWord,
    /// A variable for everybody; a person's own value goes first
    #[arg(long = "var", value_name = "KEY=VALUE")]
    pub vars: Vec<String>,
    /// A file that goes with it by mail; a body that shows `cid:NAME` has it as a picture
    #[arg(long = "attach", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The body: a file, or - for standard input
    #[arg(value_name = "BODY_FILE|-")]
    pub body: String,
    /// How many it may be
    #[command(flatten)]
    pub gate: GateArgs,
    /// Only if it is the plan that --dry-run printed: its hash, or at least the first 12 digits
    #[arg(long, value_name = "HASH", conflicts_with = "cron")]
    pub plan_hash: Option<String>,
    /// Stay until every delivery has ended or only a person can go on
    #[arg(long)]
    pub wait: bool,
    /// Say who would get what; send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Send then: 22:00, +2h, 2026-12-01 22:00, 2026-12-01T22:00[Asia/Shanghai]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub at: Option<String>,
    /// Send again and again: five cron fields, perhaps a zone; needs --max-audience
    #[arg(long, value_name = "EXPR", conflicts_with_all = ["at", "undo", "wait"], requires = "max_audience")]
    pub cron: Option<String>,
    /// Send to so many first, then wait for `broadcast resume`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub stage: Option<i64>,
    /// Keep it here for so long before anything leaves; Ctrl-C recalls
    #[arg(long, value_name = "DUR", conflicts_with = "at")]
    pub undo: Option<String>,
}

/// `pushdeck broadcast …`
#[derive(Debug, Subcommand)]
pub enum BroadcastCommand {
    /// List broadcasts, newest first
    List {
        /// Only those in this state
        #[arg(long = "state", value_name = "STATE")]
        states: Vec<String>,
        /// Which page
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a broadcast with its books
    Show {
        /// Its id
        id: String,
    },
    /// What was said, to whom, and what became of it: the evidence
    Report {
        /// Its id
        id: String,
        /// How it is written; without it, as the name of the file says, else for people
        #[arg(long, value_enum)]
        format: Option<ReportFormat>,
        /// A new file for it; without one it is printed
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Follow a broadcast until it ends or only a person can go on
    Watch {
        /// Its id
        id: String,
    },
    /// Pause before the next call; with --all everything, until `resume --all`
    Pause {
        /// Which
        #[command(flatten)]
        which: Which,
        /// Why, for those who see it
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, requires = "all")]
        reason: String,
    },
    /// Go on, and see that a sender runs
    Resume(Which),
    /// Stop the rest: what has not left will not
    Stop {
        /// Its id
        id: String,
    },
    /// Take back what is still in its undo window
    Recall {
        /// Its id
        id: String,
    },
    /// Take back at the providers what was accepted, as far as they can
    TakeBack(TakeBackArgs),
    /// The message as one line for scripts, to one person
    Curl(CurlArgs),
}

/// `pushdeck schedule …`: made by `send --cron`.
#[derive(Debug, Subcommand)]
pub enum ScheduleCommand {
    /// What goes out again and again, the next one first
    List,
    /// Let one stand still
    Pause {
        /// Its id
        id: String,
    },
    /// Let one go on, from its next moment
    Resume {
        /// Its id
        id: String,
    },
    /// Take one away; what it has sent stays
    Remove {
        /// Its id
        id: String,
    },
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Markdown, for people
    Md,
    /// JSON, for scripts
    Json,
    /// A line for every delivery
    Csv,
}

/// One broadcast, or everything.
#[derive(Debug, Args)]
pub struct Which {
    /// Its id
    #[arg(required_unless_present = "all")]
    pub id: Option<String>,
    /// Everything: every broadcast, on every channel
    #[arg(long, conflicts_with = "id")]
    pub all: bool,
}

/// `pushdeck history …`
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// List deliveries, newest broadcast first
    List {
        /// Such as `broadcast:b18 status:failed`
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        filter: Option<String>,
        /// Which page
        #[command(flatten)]
        page: PageArgs,
    },
    /// Failures and unknowns in groups
    Failures(FailuresArgs),
    /// Show a delivery with its attempts
    Show {
        /// Its id, such as d18-4021
        id: String,
    },
    /// Send failed deliveries again; what was accepted is never touched
    Replay(ReplayArgs),
    /// Say what became of unknown deliveries; sends nothing
    Settle(SettleArgs),
    /// Ask the providers what became of accepted deliveries; stores nothing
    Status {
        /// Deliveries, or whole broadcasts
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
}

/// `pushdeck history failures`
#[derive(Debug, Args)]
pub struct FailuresArgs {
    /// Such as `broadcast:b18`
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// How they are grouped
    #[arg(long, value_enum, default_value = "class")]
    pub by: By,
}

/// `--by`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By class and channel
    Class,
    /// By class and channel, channels first
    Channel,
    /// Each broadcast for itself
    Broadcast,
}

/// `pushdeck history replay`
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Deliveries, or whole broadcasts
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Such as `broadcast:b18 class:credential`
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true, conflicts_with = "ids")]
    pub filter: Option<String>,
    /// Send unknown ones again too: each may arrive twice
    #[arg(long)]
    pub include_unknown: bool,
    /// How many it may be
    #[command(flatten)]
    pub gate: GateArgs,
    /// Stay until every delivery has ended or only a person can go on
    #[arg(long)]
    pub wait: bool,
}

/// `pushdeck history settle`
#[derive(Debug, Args)]
pub struct SettleArgs {
    /// Deliveries, whole broadcasts, or what stands after the + in the address that a mail came back to
    #[arg(value_name = "ID", required_unless_present = "filter")]
    pub ids: Vec<String>,
    /// Such as `broadcast:b18 channel:ops`
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true, conflicts_with = "ids")]
    pub filter: Option<String>,
    /// What became of them
    #[arg(long = "as", value_enum, value_name = "WHAT")]
    pub settled: SettledWord,
    /// How many it may be
    #[command(flatten)]
    pub gate: GateArgs,
}

/// `--as`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SettledWord {
    /// They arrived: never sent again
    Accepted,
    /// They did not: may be replayed
    NotAccepted,
    /// They were accepted and came back by mail: the addresses lead nowhere
    Bounced,
}
