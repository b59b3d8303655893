//! From `main` to the end of the process.

use std::ffi::OsString;
use std::process::ExitCode;

use function_core::{Clock, Env, Exit, Fault, chain};
use migration_run::{Stop, Stopper};
use telemetry::Format;
use tokio::signal::unix::{SignalKind, signal};

use crate::output::Output;
use crate::{Surroundings, run};

/// Runs the command line of this process, in a Cloud Run job or at a terminal, and gives the exit code.
pub fn launch() -> ExitCode {
    let env = Env::from_process();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // The job's arguments are the command line, so that only its own variables tell the two apart.
    let is_job = env.get("CLOUD_RUN_JOB").is_some();
    let (format, output) = if is_job {
        (Format::GoogleCloud, Output::Log)
    } else {
        (Format::Terminal, Output::Terminal)
    };
    let faults = telemetry::init_anyway(format, &env);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return ExitCode::from(output.fail(&chain(&error), Exit::Failed).code()),
    };
    let exit = runtime.block_on(run_until_signal(arguments, env, output, faults));
    // A blocking call that still runs would hold the process.
    runtime.shutdown_background();
    ExitCode::from(exit.code())
}

/// Does what `arguments` ask for at a terminal, for a program that has a runtime and logs already.
pub async fn run_at_terminal(arguments: Vec<OsString>, env: Env) -> Exit {
    run_until_signal(arguments, env, Output::Terminal, Vec::new()).await
}

async fn run_until_signal(
    arguments: Vec<OsString>,
    env: Env,
    output: Output,
    faults: Vec<Fault>,
) -> Exit {
    let (stopper, stop) = Stop::new();
    tokio::spawn(stop_at_signal(stopper));
    let surroundings = Surroundings {
        env,
        clock: Clock::system(),
        output,
        stop,
        faults,
    };
    Box::pin(run(arguments, surroundings)).await
}

/// Tells `stopper` when the platform or a person ends the process.
async fn stop_at_signal(stopper: Stopper) {
    let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    let [Ok(mut terminate), Ok(mut interrupt)] = signals else {
        tracing::warn!("signals can't be heard: a stop from outside will cut the run off");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::warn!("told to stop");
    stopper.stop();
}
