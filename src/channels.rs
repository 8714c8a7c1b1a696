//! Channel kinds, sans-I/O: a message becomes a `Call`, an answer becomes one outcome per delivery.
//!
//! `catalog` is the one table of kinds; forms, command line, checks, docs and tests are generated
//! from it. Adding a kind means one file and one line there. Nothing here opens a socket, reads a
//! clock or knows the store.

pub mod answer;
pub mod apns;
pub mod apprise;
pub mod bark;
pub mod call;
pub mod callback;
pub mod catalog;
pub mod check;
pub mod cid;
pub mod clean;
pub mod desk;
pub mod dingtalk;
pub mod discord;
pub mod email;
pub mod face;
pub mod feishu;
pub mod field;
mod flatten;
pub mod gotify;
pub mod kind;
mod link;
pub mod load;
pub mod ntfy;
pub mod outcome;
pub mod pass;
mod place;
pub mod pushdeer;
pub mod pushover;
pub mod pushplus;
mod reading;
pub mod render;
mod robot;
pub mod roll;
pub mod serverchan;
pub mod slack;
pub mod slot;
pub mod spec;
mod subset;
mod tagged;
pub mod telegram;
pub mod text;
pub mod webhook;
pub mod wechat;
pub mod wechat_callback;
pub mod wecom;
pub mod written;
pub mod wxpusher;
pub mod wxpusher_spt;
