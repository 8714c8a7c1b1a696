//! The grammar of what a provider is asked beside sending.

use std::path::PathBuf;

use clap::Args;

use super::Whom;
use super::sending::GateArgs;

/// `pushdeck channel sync`
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Name or id
    pub channel: String,
    /// Show what differs and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Make the change without asking
    #[arg(long, conflicts_with = "dry_run")]
    pub apply: bool,
    /// The provider's topics become topics here, with their people; those that belong to a topic already do not
    #[arg(long)]
    pub topics: bool,
    /// Take the last change back
    #[arg(long, conflicts_with_all = ["dry_run", "apply", "topics", "confirm_count", "max_audience"])]
    pub undo: bool,
    /// From 50 people on
    #[command(flatten)]
    pub gate: GateArgs,
}

/// `pushdeck channel qr`
#[derive(Debug, Args)]
pub struct QrArgs {
    /// Name or id
    pub channel: String,
    /// A topic that whoever comes joins
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
    /// A tag that they get
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// For how long it is good, up to 30 days
    #[arg(long, value_name = "DUR", default_value = "30m")]
    pub valid: String,
    /// Write the code as a picture into a new file, for a poster or a chat
    #[arg(long, value_name = "FILE.png")]
    pub png: Option<PathBuf>,
    /// Stay until somebody has come, and take them in
    #[arg(long)]
    pub watch: bool,
}

/// `pushdeck broadcast take-back`
#[derive(Debug, Args)]
pub struct TakeBackArgs {
    /// Its id
    pub id: String,
    /// How many deliveries it may be
    #[command(flatten)]
    pub gate: GateArgs,
}

/// `pushdeck broadcast curl`
#[derive(Debug, Args)]
pub struct CurlArgs {
    /// Its id; a draft too
    pub id: String,
    /// The channel; without it the first that can
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    /// To whom: id, name or address; without it yourself
    #[arg(long, value_name = "PERSON")]
    pub person: Option<String>,
    /// With the token in clear
    #[arg(long)]
    pub reveal: bool,
}

/// `pushdeck subscriber check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Who
    #[command(flatten)]
    pub whom: Whom,
    /// The channel
    #[arg(long = "at", value_name = "CHANNEL")]
    pub at: String,
    /// Use addresses no more that lead nowhere
    #[arg(long)]
    pub retire: bool,
}

/// `pushdeck subscriber block`
#[derive(Debug, Args)]
pub struct BlockArgs {
    /// Who
    #[command(flatten)]
    pub whom: Whom,
    /// Only there, at the provider of this channel: nothing arrives over it, and they cannot follow again
    #[arg(long = "at", value_name = "CHANNEL")]
    pub at: Option<String>,
}

/// `pushdeck subscriber unblock`
#[derive(Debug, Args)]
pub struct UnblockArgs {
    /// Who
    #[command(flatten)]
    pub whom: Whom,
    /// Only there, at the provider of this channel: they may follow again, and what they are sent arrives
    #[arg(long = "at", value_name = "CHANNEL")]
    pub at: Option<String>,
}
