//! Several coordinators over one faulty store in memory, their operations interleaved in every order or at random.
//!
//! It deliberately knows the protocol only by what it promises: see [`World::check`](world::World::check).

mod coordinator;
mod damage;
mod exhaustive;
mod flips;
mod formats;
mod maker;
mod oracle;
mod random;
mod store;
mod world;
