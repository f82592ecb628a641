//! The program as a process: output, exit status, files.

mod apis;
mod archive;
mod backup;
mod connections;
mod crash;
mod data;
mod days_work;
mod demo;
mod ending;
mod exports;
mod full_disk;
mod help;
mod http;
mod leaks;
mod observability;
mod people;
mod process;
mod rotation;
mod settings;
mod simulator;
mod single_sign_on;
mod support;
mod teams;
