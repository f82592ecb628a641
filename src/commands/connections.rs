//! The connections that are open: whose turn it is on each, and which one goes when there are too many.
//!
//! Who sends slowly, reads slowly or only holds connections open must not keep others out. A visitor's request comes at
//! once, so that of all connections the one that has been waited for longest goes, of who has most of such ones.

use std::{
    cmp::Reverse,
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use tokio::sync::Notify;

/// Every connection there is; a clone shares them.
#[derive(Debug, Clone)]
pub struct Connections {
    most: usize,
    since: Instant,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    last: u64,
    connections: HashMap<u64, (IpAddr, Arc<Turn>)>,
}

/// A connection's place among the others, until it is dropped.
#[derive(Debug)]
pub struct Place {
    id: u64,
    all: Connections,
    pub turn: Arc<Turn>,
}

/// Whose turn it is on a connection.
#[derive(Debug)]
pub struct Turn {
    /// When the portal began.
    since: Instant,
    /// From when on the client is waited for, in milliseconds after `since` and one more; 0 while it is the portal's
    /// turn.
    waiting: AtomicU64,
    /// Its place is needed for another one.
    over: Notify,
}

impl Connections {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            since: Instant::now(),
            open: Arc::default(),
        }
    }

    /// A place for one more; `None` when all others are being answered.
    pub fn enter(&self, client: IpAddr) -> Option<Place> {
        let mut open = self.open();
        if open.connections.len() >= self.most {
            let surplus = open.surplus()?;
            let (_, turn) = open.connections.remove(&surplus)?;
            turn.over.notify_one();
        }
        open.last += 1;
        let id = open.last;
        let turn = Arc::new(Turn::new(self.since));
        open.connections.insert(id, (client, Arc::clone(&turn)));
        drop(open);
        Some(Place {
            id,
            all: self.clone(),
            turn,
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Of who is waited for on most connections: the one on which that lasts longest.
    fn surplus(&self) -> Option<u64> {
        let waiting = |(id, (client, turn)): (&u64, &(IpAddr, Arc<Turn>))| {
            turn.waiting_from().map(|from| (*client, from, *id))
        };
        let waiting: Vec<_> = self.connections.iter().filter_map(waiting).collect();
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        for (client, ..) in &waiting {
            *counts.entry(*client).or_default() += 1;
        }
        let longest = waiting
            .into_iter()
            .max_by_key(|it| (counts.get(&it.0).copied(), it.0, Reverse((it.1, it.2))));
        longest.map(|(_, _, id)| id)
    }
}

impl Turn {
    /// A new connection waits for its first request.
    fn new(since: Instant) -> Self {
        let turn = Self {
            since,
            waiting: AtomicU64::default(),
            over: Notify::new(),
        };
        turn.is_theirs();
        turn
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// The request has come whole: now the portal works on it.
    pub fn is_ours(&self) {
        self.waiting.store(0, Ordering::Relaxed);
    }

    /// The answer is there: now the client reads, and then asks again.
    pub fn is_theirs(&self) {
        self.waiting.store(self.millis(), Ordering::Relaxed);
    }

    /// The client has read something: it is waited for from now on.
    pub fn goes_on(&self) {
        if self.waiting.load(Ordering::Relaxed) > 0 {
            self.is_theirs();
        }
    }

    /// From when on the client is waited for.
    fn waiting_from(&self) -> Option<u64> {
        Some(self.waiting.load(Ordering::Relaxed)).filter(|from| *from > 0)
    }

    /// Ends when the connection's place is needed for another one.
    pub async fn is_over(&self) {
        self.over.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.open().connections.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// Was it told to go.
    fn is_told(place: &Place) -> bool {
        !place.all.open().connections.contains_key(&place.id)
    }

    #[test]
    fn who_is_waited_for_on_most_connections_makes_room_with_the_oldest() {
        let all = Connections::new(4);
        let quiet = all.enter(ip(1)).expect("a place");
        quiet.turn.waiting.store(1, Ordering::Relaxed);
        let others = [all.enter(ip(2)), all.enter(ip(2))].map(|it| it.expect("a place"));
        for other in &others {
            other.turn.waiting.store(9, Ordering::Relaxed);
        }
        // It came last, and has been waited for longest since.
        let oldest = all.enter(ip(2)).expect("a place");
        oldest.turn.waiting.store(5, Ordering::Relaxed);
        let newcomer = all.enter(ip(3)).expect("a place");
        assert!(is_told(&oldest));
        assert!(![&quiet, &newcomer].into_iter().chain(&others).any(is_told));
        drop(oldest);
        assert_eq!(all.open().connections.len(), 4);
    }

    #[test]
    fn nobody_who_is_being_answered_makes_room() {
        let all = Connections::new(2);
        let places = [all.enter(ip(1)), all.enter(ip(1))].map(|it| it.expect("a place"));
        for place in &places {
            place.turn.is_ours();
        }
        assert!(all.enter(ip(2)).is_none());
        places[0].turn.is_theirs();
        assert!(all.enter(ip(2)).is_some());
        assert!(is_told(&places[0]) && !is_told(&places[1]));
    }
}
