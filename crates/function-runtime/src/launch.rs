//! From `main` to the platform.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use function_core::{Clock, ConfigError, Env, Exit, Fault, chain};
use functions_framework::Config;

use crate::command_line::{Invocation, parse};
use crate::platform::Platform;
use crate::service::{self, Events, Pages, Service};
use crate::{Function, RuntimeError, Site, job, lambda};

type StartError = Box<dyn Error + Send + Sync>;

/// Runs the function that is called `name` wherever the process is, and tells how it ended.
///
/// `start` makes the function from the environment, once, before the first event. Every setting
/// at fault, the function's and the platform's, is named on a line of its own, and the exit code
/// is then 2.
pub fn launch<F, E>(name: &'static str, start: impl AsyncFnOnce(Env) -> Result<F, E>) -> ExitCode
where
    F: Function,
    E: Into<StartError>,
{
    launch_as::<Events, F, E>(name, start)
}

/// The same for a function that shows pages of its own where it is a service.
pub fn launch_site<S, E>(
    name: &'static str,
    start: impl AsyncFnOnce(Env) -> Result<S, E>,
) -> ExitCode
where
    S: Site,
    E: Into<StartError>,
{
    launch_as::<Pages, S, E>(name, start)
}

fn launch_as<S, F, E>(name: &'static str, start: impl AsyncFnOnce(Env) -> Result<F, E>) -> ExitCode
where
    S: Service<F>,
    F: Function,
    E: Into<StartError>,
{
    let env = Env::from_process();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let platform = Platform::of(&env, arguments.len() > 1);
    let invocation = match platform {
        Platform::CommandLine => parse(name, arguments),
        _ => Ok(Invocation::default()),
    };
    match invocation {
        Ok(invocation) => {
            ExitCode::from(enter::<S, F, E>(name, platform, &invocation, &env, start).code())
        }
        Err(instead) => {
            // Where the help can't be printed there is nobody to read it.
            instead.print().ok();
            ExitCode::from(u8::try_from(instead.exit_code()).unwrap_or(Exit::Usage.code()))
        }
    }
}

/// Starts what everything else needs, and waits until all is done.
fn enter<S, F, E>(
    name: &'static str,
    platform: Platform,
    invocation: &Invocation,
    env: &Env,
    start: impl AsyncFnOnce(Env) -> Result<F, E>,
) -> Exit
where
    S: Service<F>,
    F: Function,
    E: Into<StartError>,
{
    let faults = telemetry::init_anyway(platform.log_format(), env);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(source) => return not_started(platform, name, &RuntimeError::Process(source)),
    };
    let exit = runtime.block_on(async {
        let (function, config) = match prepare::<S, F, E>(name, platform, env, faults, start).await
        {
            Ok(prepared) => prepared,
            Err(error) => return not_prepared(platform, name, &*error).await,
        };
        let exit = run::<S, F>(name, platform, invocation, env, function, &config).await;
        exit.unwrap_or_else(|error| not_started(platform, name, &error))
    });
    // A blocking call that still runs would hold the process.
    runtime.shutdown_background();
    exit
}

/// The function and the service's settings; or every fault that was found on the way.
async fn prepare<S, F, E>(
    name: &'static str,
    platform: Platform,
    env: &Env,
    mut faults: Vec<Fault>,
    start: impl AsyncFnOnce(Env) -> Result<F, E>,
) -> Result<(F, Config), StartError>
where
    S: Service<F>,
    E: Into<StartError>,
{
    let service_env = match platform {
        Platform::Service => env,
        _ => &Env::default(),
    };
    let config = Config::from_env(service_env, name, S::SIGNATURE);
    if let Err(error) = &config {
        faults.extend(error.faults.clone());
    }
    let started = start(env.clone()).await.map_err(Into::into);
    if let Err(error) = &started {
        match config_error(&**error) {
            Some(error) => faults.extend(error.faults.clone()),
            None if faults.is_empty() => {}
            None => tracing::error!(error = chain(&**error), "not started"),
        }
    }
    if !faults.is_empty() {
        return Err(ConfigError { faults }.into());
    }
    Ok((started?, config?))
}

async fn run<S: Service<F>, F: Function>(
    name: &'static str,
    platform: Platform,
    invocation: &Invocation,
    env: &Env,
    function: F,
    config: &Config,
) -> Result<Exit, RuntimeError> {
    let clock = Clock::system();
    match platform {
        Platform::CommandLine => invocation.run(name, &function, &clock).await,
        Platform::Job => Ok(job::run(name, &function, env, &clock).await),
        Platform::Lambda => lambda::run(name, function, clock)
            .await
            .map(|()| Exit::Done),
        Platform::Service => service::run::<S, F>(name, function, config)
            .await
            .map(|()| Exit::Done),
    }
}

/// The same, and Lambda's waiting invocation is answered.
async fn not_prepared(platform: Platform, name: &str, error: &(dyn Error + 'static)) -> Exit {
    let exit = not_started(platform, name, error);
    if platform == Platform::Lambda {
        let (lines, _) = start_fault(error);
        lambda::tell_not_started(name, lines.join("\n"), exit).await;
    }
    exit
}

/// Says why, to the log or to the person, and gives the exit code.
fn not_started(platform: Platform, name: &str, error: &(dyn Error + 'static)) -> Exit {
    if platform == Platform::CommandLine {
        // Without standard error there is nobody to tell.
        return write_start_fault(&mut io::stderr().lock(), name, error).unwrap_or(Exit::Failed);
    }
    let (lines, exit) = start_fault(error);
    for line in lines {
        tracing::error!(function = name, error = line, "not started");
    }
    exit
}

/// Writes why the function that is called `name` could not start: each setting at fault on a line
/// of its own. Gives the exit code: 2 for settings, else 1.
///
/// # Errors
/// Those of `out`.
pub fn write_start_fault(
    out: &mut impl Write,
    name: &str,
    error: &(dyn Error + 'static),
) -> io::Result<Exit> {
    let (lines, exit) = start_fault(error);
    for line in lines {
        writeln!(out, "{name}: {line}")?;
    }
    Ok(exit)
}

fn start_fault(error: &(dyn Error + 'static)) -> (Vec<String>, Exit) {
    if let Some(error) = config_error(error) {
        let lines = error.faults.iter().map(ToString::to_string).collect();
        return (lines, Exit::Usage);
    }
    let exit = error.downcast_ref::<RuntimeError>().map(RuntimeError::exit);
    (vec![chain(error)], exit.unwrap_or(Exit::Failed))
}

/// The faults in the settings, wherever they are in the chain of `error`.
fn config_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a ConfigError> {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        link = error.source();
    }
    None
}
