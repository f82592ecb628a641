//! The program as people and scripts run it: its words, its exit status, what it leaves behind.

mod data;
mod demo;
mod ending;
mod help;
mod http;
mod people;
mod rotation;
mod secrecy;
mod settings;
mod simulator;
mod support;
mod teams;
