use std::process::ExitCode;

use clap::{Parser, Subcommand};
use surety::cli;

/// Badges and escrow that make trade on the internet trustworthy.
#[derive(Parser)]
#[command(name = "surety", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages.
    Serve {
        /// Run the clocks and the outbox in this process too.
        #[arg(long)]
        with_worker: bool,
    },
    /// Run the clocks, the outbox and the scheduled checks.
    Worker,
    /// Prove the ledger and the histories from their rows.
    Audit,
    /// A private PostgreSQL with a lively demo in it, served with its clock.
    Demo,
    /// Bring the database to the newest schema, as its owner.
    Migrate,
    /// Fill an empty database with orders, for measuring; refused in production.
    Load {
        /// How many orders, each paid and delivered.
        #[arg(long)]
        orders: u64,
    },
    /// Staff accounts.
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Give somebody a role; the account is made when there is none.
    Add {
        /// The address of the account.
        email: String,
        /// reviewer, mediator, treasurer or administrator.
        #[arg(long)]
        role: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve { with_worker } => cli::serve(with_worker).await,
        Command::Worker => cli::worker().await,
        Command::Audit => cli::audit().await,
        Command::Demo => cli::demo().await,
        Command::Migrate => cli::migrate().await,
        Command::Load { orders } => cli::load(orders).await,
        Command::Staff { command: StaffCommand::Add { email, role } } => {
            cli::add_staff(&email, &role).await
        }
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("surety: {error}");
            ExitCode::FAILURE
        }
    }
}
