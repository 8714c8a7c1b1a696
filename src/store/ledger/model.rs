//! The state machine against a model: a provider that remembers whom it reached, and every accident between
//! intent, request, answer and record, in random order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::claim::{Granted, Wish};
use super::record::{Record, Recorded};
use crate::domain::broadcast::PauseReason;
use crate::domain::delivery::DeliveryState;
use crate::domain::id::{BroadcastId, SubscriberId};
use crate::store::fixtures::{Shop, answered};
use crate::store::pick::Pick;
use crate::store::plan::Gate;
use crate::store::replay::Unknowns;
use crate::store::settle::Settled;
use crate::store::subscribers::SubscriberEdit;

const PEOPLE: usize = 12;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// The sender claims so many calls of so many people.
    Claim(usize, usize),
    /// A call reaches the provider, and its answer the sender: accepted, refused, or to be tried again.
    Answer(usize, u8),
    /// A call reaches the provider, and the sender dies before the answer is recorded.
    DieAfterRequest(usize),
    /// The sender dies before anything more leaves.
    Die,
    /// A call goes back without having left.
    PutBack(usize),
    /// The answer of a sender that died long ago arrives at the books.
    Late(usize),
    /// What a person does.
    Pause,
    Resume,
    Stop,
    Halt,
    Unhalt,
    Replay(bool),
    Settle(bool),
    /// Somebody begins or ends their quiet hours.
    Quiet(i64, bool),
    /// Time goes by.
    Pass,
    /// The sender looks what has waited too long.
    Expire,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1_usize..4, 1_usize..4).prop_map(|(calls, each)| Step::Claim(calls, each)),
        6 => (0_usize..8, 0_u8..6).prop_map(|(call, how)| Step::Answer(call, how)),
        2 => (0_usize..8).prop_map(Step::DieAfterRequest),
        1 => Just(Step::Die),
        2 => (0_usize..8).prop_map(Step::PutBack),
        1 => (0_usize..8).prop_map(Step::Late),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
        1 => Just(Step::Stop),
        1 => Just(Step::Halt),
        2 => Just(Step::Unhalt),
        1 => any::<bool>().prop_map(Step::Replay),
        1 => any::<bool>().prop_map(Step::Settle),
        2 => (1..=PEOPLE as i64, any::<bool>()).prop_map(|(who, quiet)| Step::Quiet(who, quiet)),
        2 => Just(Step::Pass),
        1 => Just(Step::Expire),
    ];
    proptest::collection::vec(step, 1..80)
}

struct World {
    shop: Shop,
    id: BroadcastId,
    epoch: i64,
    /// Calls of the living sender whose answers have not been recorded.
    air: Vec<Granted>,
    /// Calls of dead senders whose request had left.
    ghosts: Vec<Granted>,
    /// How often the provider reached each delivery, and how often a person let an unknown one go again.
    reached: BTreeMap<i64, u32>,
    again: BTreeMap<i64, u32>,
}

impl World {
    fn new() -> Self {
        let mut shop = Shop::new();
        let bark = shop.channel("bark");
        shop.people(PEOPLE, bark);
        let id = shop.release(&[bark]);
        let epoch = shop.db.become_sender(1).expect("the sender").epoch;
        let (air, ghosts) = (Vec::new(), Vec::new());
        Self { shop, id, epoch, air, ghosts, reached: BTreeMap::new(), again: BTreeMap::new() }
    }

    fn request(&mut self, call: &Granted) {
        for one in &call.deliveries {
            *self.reached.entry(one.seq).or_default() += 1;
        }
    }

    fn next_sender(&mut self) {
        self.air.clear();
        self.epoch = self.shop.db.become_sender(1).expect("the next sender").epoch;
    }

    fn states(&self) -> BTreeMap<i64, DeliveryState> {
        let rows = self.shop.db.deliveries(&Pick::of(self.id), None, 99).expect("rows");
        rows.into_iter().map(|row| (row.id.seq, row.state)).collect()
    }

    fn take(&mut self, step: &Step) {
        let Self { shop, id, epoch, .. } = self;
        match *step {
            Step::Claim(calls, per_call) => {
                let lanes = shop.db.open_lanes().expect("lanes");
                let wishes: Vec<Wish> = lanes
                    .iter()
                    .map(|lane| Wish { lane: lane.lane, calls, retries: calls, per_call, vars: false })
                    .collect();
                let granted = shop.db.cycle(*epoch, &[], &wishes).expect("claimed").granted;
                self.air.extend(granted);
            }
            Step::Answer(n, how) => {
                if self.air.is_empty() {
                    return;
                }
                let call = self.air.remove(n % self.air.len());
                let state = match how {
                    0 => DeliveryState::Rejected,
                    1 => DeliveryState::Deferred,
                    _ => DeliveryState::Accepted,
                };
                if state == DeliveryState::Accepted {
                    self.request(&call);
                }
                self.shop.record(self.epoch, &answered(&call, state));
            }
            Step::DieAfterRequest(n) => {
                if !self.air.is_empty() {
                    let call = self.air.remove(n % self.air.len());
                    self.request(&call);
                    self.ghosts.push(call);
                }
                self.next_sender();
            }
            Step::Die => self.next_sender(),
            Step::PutBack(n) => {
                if self.air.is_empty() {
                    return;
                }
                let call = self.air.remove(n % self.air.len());
                let back = |seq| Record {
                    call: call.call,
                    lane: call.lane,
                    broadcast: call.broadcast,
                    seq,
                    result: Recorded::NotLeft,
                };
                let records: Vec<Record> = call.deliveries.iter().map(|one| back(one.seq)).collect();
                self.shop.record(self.epoch, &records);
            }
            Step::Late(n) => {
                if self.ghosts.is_empty() {
                    return;
                }
                let call = self.ghosts.remove(n % self.ghosts.len());
                self.shop.record(self.epoch - 1, &answered(&call, DeliveryState::Accepted));
            }
            // Each may be refused by the state that it is in; what counts is what it leaves behind.
            Step::Pause => drop(shop.db.pause(*id, PauseReason::Operator, "")),
            Step::Resume => drop(shop.db.resume(*id)),
            Step::Stop => drop(shop.db.stop(*id)),
            Step::Halt => drop(shop.db.halt("")),
            Step::Unhalt => drop(shop.db.unhalt()),
            Step::Replay(with_unknown) => {
                let unknowns = if with_unknown { Unknowns::Include } else { Unknowns::LeaveOut };
                let before = self.states();
                let pick = Pick::of(self.id);
                if self.shop.db.replay(&pick, unknowns, Gate::AtMost(99)).is_ok() {
                    let after = self.states();
                    for (seq, state) in before {
                        if state == DeliveryState::Unknown && after[&seq] == DeliveryState::Planned {
                            *self.again.entry(seq).or_default() += 1;
                        }
                    }
                }
            }
            Step::Settle(accepted) => {
                // A person who says "not accepted" lets it go again by a replay, knowingly.
                let how = if accepted { Settled::Accepted } else { Settled::NotAccepted };
                for (seq, state) in self.states() {
                    if state == DeliveryState::Unknown && !accepted {
                        *self.again.entry(seq).or_default() += 1;
                    }
                }
                self.shop.db.settle_all(&Pick::of(self.id), how, "ann").expect("settled");
            }
            Step::Quiet(who, quiet) => set_quiet(shop, who, quiet),
            Step::Pass => shop.passes(10_000),
            Step::Expire => while shop.db.expire(60_000, false).expect("looked") {},
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert!(self.shop.db.books_balance(self.id).expect("books"));
        let counts = self.shop.db.counts(self.id).expect("counts");
        prop_assert_eq!(counts.audience(), PEOPLE as i64);
        prop_assert_eq!(self.shop.db.check().expect("checked"), vec![]);
        for (seq, state) in self.states() {
            let reached = self.reached.get(&seq).copied().unwrap_or(0);
            let allowed = 1 + self.again.get(&seq).copied().unwrap_or(0);
            prop_assert!(reached <= allowed, "{seq} was reached {reached} times, {allowed} allowed");
            prop_assert!(
                state != DeliveryState::Accepted || reached >= 1,
                "{seq} is accepted and was never reached"
            );
        }
        Ok(())
    }
}

fn set_quiet(shop: &mut Shop, who: i64, quiet: bool) {
    let hours = Some(quiet.then(|| "22:00-08:00 UTC".to_owned()));
    let edit = SubscriberEdit { quiet: hours, ..SubscriberEdit::default() };
    shop.db.edit_subscriber(SubscriberId(who), None, &edit).expect("edited");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_in_whatever_order_the_books_balance_and_nobody_is_reached_unasked(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
            world.check()?;
        }
        // In the end everything comes to something: nothing is lost.
        world.next_sender();
        world.shop.db.unhalt().expect("goes on");
        drop(world.shop.db.resume(world.id));
        (1..=PEOPLE as i64).for_each(|who| set_quiet(&mut world.shop, who, false));
        for _ in 0..4 {
            world.shop.passes(60_000);
            world.take(&Step::Expire);
            world.take(&Step::Claim(99, 1));
            while !world.air.is_empty() {
                world.take(&Step::Answer(0, 5));
            }
            world.check()?;
        }
        let open = world.shop.db.counts(world.id).expect("counts").open();
        prop_assert_eq!(open, 0, "nothing waits for ever");
    }
}
