//! The grammar of `inbox`, `channel callback` and `serve`.

use clap::{Args, Subcommand};

use super::PageArgs;

/// `pushdeck serve`
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Also take callbacks of providers here: PORT or HOST:PORT; a bare port is on loopback alone
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

/// `pushdeck channel callback`
#[derive(Debug, Args)]
pub struct CallbackArgs {
    /// Name or id
    pub channel: String,
    /// What stands before the path, such as `https://push.example.com`; kept for the next time
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Make another secret; the old URL is dead within a second
    #[arg(long)]
    pub rotate: bool,
}

/// `pushdeck inbox …`
#[derive(Debug, Subcommand)]
pub enum InboxCommand {
    /// List conversations, newest first
    List {
        /// Those with something unread alone
        #[arg(long)]
        unread: bool,
        /// Those with people under a filter, such as `topic:ops`
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        filter: Option<String>,
        /// Which page; goes on after a message
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a conversation
    Show {
        /// Id, name or address of a person, id of a message, or `nobody`
        who: String,
        /// At most so many lines
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
    },
    /// Answer a person over the channel that they wrote on last
    Reply {
        /// Id, name or address of a person, or id of a message
        who: String,
        /// What to say; - reads it from standard input
        text: String,
    },
    /// Mark conversations as read
    Read {
        /// Ids, names or addresses of people, ids of messages, or `nobody`
        #[arg(required = true)]
        who: Vec<String>,
    },
    /// What is done by itself when somebody follows or writes a command
    #[command(subcommand)]
    Rules(RulesCommand),
}

/// `pushdeck inbox rules …`
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules
    List,
    /// Make a rule, or change the one with the same pattern on the same channel
    Set(RuleArgs),
    /// Take a rule away
    Remove {
        /// Its id
        rule: String,
    },
}

/// `pushdeck inbox rules set`
#[derive(Debug, Args)]
#[command(after_help = RULES)]
pub struct RuleArgs {
    /// What people write, with {topic} for the name of a topic; for a welcome the scene that they came by (empty: any, `abc*`: its beginning)
    #[arg(default_value = "")]
    pub pattern: String,
    /// What it does
    #[arg(long = "do", value_name = "WHAT", value_parser = ["welcome", "subscribe", "unsubscribe", "status", "answer"])]
    pub does: String,
    /// On one channel alone
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    /// A topic to join; with {topic} in the pattern: one of those that may be named
    #[arg(long = "topic", value_name = "TOPIC")]
    pub topics: Vec<String>,
    /// A tag for whoever follows
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// What the person is told; {topic} and {topics} are filled
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub text: String,
    /// What the person is told if it could not be done
    #[arg(long = "else", value_name = "TEXT", default_value = "")]
    pub other: String,
}

const RULES: &str = "Examples:
  pushdeck inbox rules set --do welcome --topic news --text 'Welcome!'
  pushdeck inbox rules set 'storm-*' --do welcome --topic storm --tag by-poster
  pushdeck inbox rules set 'subscribe {topic}' --do subscribe --topic news --topic storm --text 'You get {topic}.' --else 'No {topic} here.'
  pushdeck inbox rules set 'on call' --do answer --text 'Call 555'";
