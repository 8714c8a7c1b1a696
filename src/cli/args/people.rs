//! The grammar of `subscriber` and `topic`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::PageArgs;
use super::desk::{BlockArgs, CheckArgs, UnblockArgs};
use super::sending::GateArgs;

/// `pushdeck subscriber …`
#[derive(Debug, Subcommand)]
pub enum SubscriberCommand {
    /// Add a person
    Add(SubscriberAdd),
    /// List people, newest first
    List {
        /// Such as `topic:ops -tag:muted`
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        filter: Option<String>,
        /// Which page
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a person
    Show {
        /// Id, name or address
        person: String,
    },
    /// Change a person
    Edit(SubscriberEdit),
    /// Leave out for good, until unblocked
    Block(BlockArgs),
    /// Undo a block
    Unblock(UnblockArgs),
    /// End their follow at a channel's provider; they may follow again
    Unfollow {
        /// Who
        #[command(flatten)]
        whom: Whom,
        /// The channel
        #[arg(long = "at", value_name = "CHANNEL")]
        at: String,
    },
    /// Ask a provider whether their addresses still lead to somebody; nobody is told anything
    Check(CheckArgs),
    /// Leave out for now
    Mute(Whom),
    /// Undo a mute
    Unmute(Whom),
    /// Remove people; their history stays
    Remove(Whom),
    /// Import people from a CSV file
    Import(ImportArgs),
    /// Say who you are, for tests to yourself; without a name: show it
    Me {
        /// Id, name or address
        person: Option<String>,
    },
}

/// `pushdeck subscriber add`
#[derive(Debug, Args)]
pub struct SubscriberAdd {
    /// The person's name
    pub name: String,
    /// An address; @FILE or - keeps a secret one off the command line
    #[arg(long = "address", value_name = "CHANNEL=ADDRESS|@FILE|-")]
    pub addresses: Vec<String>,
    /// A topic to join
    #[arg(long = "topic", value_name = "TOPIC")]
    pub topics: Vec<String>,
    /// A tag
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// A variable for messages
    #[arg(long = "var", value_name = "KEY=VALUE")]
    pub vars: Vec<String>,
    /// A note for operators
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    pub note: String,
    /// The person's language, such as zh-CN
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// Hours in which nothing is sent, such as 22:00-08:00 or "22:00-08:00 Asia/Shanghai"
    #[arg(long, value_name = "HOURS")]
    pub quiet: Option<String>,
}

/// `pushdeck subscriber edit`
#[derive(Debug, Args)]
pub struct SubscriberEdit {
    /// Id, name or address
    pub person: String,
    /// A new name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A new note
    #[arg(long, allow_hyphen_values = true)]
    pub note: Option<String>,
    /// A new language; empty for none
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// New hours in which nothing is sent; empty for none
    #[arg(long, value_name = "HOURS")]
    pub quiet: Option<String>,
    /// Put an address: replaces the only one on that channel, else adds one
    #[arg(long = "address", value_name = "CHANNEL=ADDRESS|@FILE|-")]
    pub addresses: Vec<String>,
    /// Add one beside those on the same channel
    #[arg(long = "add-address", value_name = "CHANNEL=ADDRESS|@FILE|-")]
    pub add_addresses: Vec<String>,
    /// Take an address away, by its id
    #[arg(long = "remove-address", value_name = "ID")]
    pub remove_addresses: Vec<String>,
    /// Join a topic
    #[arg(long = "topic", value_name = "TOPIC")]
    pub topics: Vec<String>,
    /// Leave a topic
    #[arg(long = "leave", value_name = "TOPIC")]
    pub leave: Vec<String>,
    /// Add a tag
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Take a tag away
    #[arg(long = "untag", value_name = "TAG")]
    pub untag: Vec<String>,
    /// Set a variable
    #[arg(long = "var", value_name = "KEY=VALUE")]
    pub vars: Vec<String>,
    /// Clear a variable
    #[arg(long = "unset-var", value_name = "KEY")]
    pub unset_vars: Vec<String>,
}

/// Some people, named or found by a filter.
#[derive(Debug, Args)]
pub struct Whom {
    /// Ids, names or addresses
    #[arg(required_unless_present = "filter")]
    pub people: Vec<String>,
    /// Everybody under a filter
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true, conflicts_with = "people")]
    pub filter: Option<String>,
    /// How many it may be
    #[command(flatten)]
    pub gate: GateArgs,
}

/// Whose file an import reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ImportFormat {
    /// Told by the heading
    Auto,
    /// Ours
    Pushdeck,
    /// WePush's: the address, then variables
    Wepush,
    /// listmonk's: email, name, attributes, status
    Listmonk,
}

/// `pushdeck subscriber import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A CSV file with a heading: name, topics, tags, note, var.NAME, and a column for each channel
    pub file: PathBuf,
    /// Whose file it is: auto tells ours and listmonk's apart by the heading; WePush writes none
    #[arg(long, value_enum, default_value_t = ImportFormat::Auto)]
    pub format: ImportFormat,
    /// The channel of the addresses in a file of another tool
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    /// The column with the names in a WePush file, from 2; without it people are called by their address
    #[arg(long, value_name = "N")]
    pub name_column: Option<usize>,
    /// Check the file and say what it would do
    #[arg(long)]
    pub dry_run: bool,
}

/// `pushdeck topic …`
#[derive(Debug, Subcommand)]
pub enum TopicCommand {
    /// Add a topic
    Add(TopicAdd),
    /// List topics, newest first
    List {
        /// Such as `count:>100`
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        filter: Option<String>,
        /// Which page
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a topic
    Show {
        /// Name or id
        topic: String,
    },
    /// Change a topic
    Edit(TopicEdit),
    /// Take a topic out of use; its people stay
    Remove {
        /// Name or id
        topic: String,
        /// From 50 people on
        #[command(flatten)]
        gate: GateArgs,
    },
    /// Who belongs to a topic
    #[command(subcommand)]
    Member(MemberCommand),
}

/// `pushdeck topic add`
#[derive(Debug, Args)]
pub struct TopicAdd {
    /// A name for it
    pub name: String,
    /// A list on the provider's side, such as a WxPusher topicId
    #[arg(long = "remote", value_name = "CHANNEL=ID")]
    pub remotes: Vec<String>,
    /// A note for operators
    #[arg(long, default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    pub note: String,
}

/// `pushdeck topic edit`
#[derive(Debug, Args)]
pub struct TopicEdit {
    /// Name or id
    pub topic: String,
    /// A new name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A new note
    #[arg(long, allow_hyphen_values = true)]
    pub note: Option<String>,
    /// Add a list on the provider's side
    #[arg(long = "remote", value_name = "CHANNEL=ID")]
    pub remotes: Vec<String>,
    /// Take one away
    #[arg(long = "remove-remote", value_name = "CHANNEL=ID")]
    pub remove_remotes: Vec<String>,
}

/// `pushdeck topic member …`
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Let people join
    Add {
        /// Name or id
        topic: String,
        /// Who
        #[command(flatten)]
        whom: Whom,
    },
    /// Let people leave
    Remove {
        /// Name or id
        topic: String,
        /// Who
        #[command(flatten)]
        whom: Whom,
    },
}
