//! The Kintone that is exported: a simulated one, or a real one.

use function_core::Env;
use simulators::Kintone;
use simulators::kintone::{App, Options as Simulation};

use super::Options;

/// The Kintone that is exported. A simulated one stops when this is dropped.
pub(crate) enum Source {
    Simulated { kintone: Box<Kintone>, app: u64 },
    Real { base_url: String, app: u64 },
}

impl Source {
    pub(crate) fn open(options: &Options) -> Self {
        if let (Some(base_url), Some(app)) = (&options.base_url, options.app) {
            return Self::Real {
                base_url: base_url.clone(),
                app,
            };
        }
        let kintone = Kintone::start(Simulation::default());
        let app = kintone.add_app(App::article_and(options.records));
        Self::Simulated {
            kintone: Box::new(kintone),
            app,
        }
    }

    /// The environment of the function: that of the person, pointed at this Kintone.
    pub(crate) fn settings(&self, env: &Env) -> Env {
        let env = match self {
            Self::Real { base_url, .. } => env.clone().with("KINTONE_BASE_URL", base_url),
            Self::Simulated { kintone, app } => Env::default()
                .with("KINTONE_BASE_URL", kintone.base_url())
                .with("TOKEN", kintone.token(*app)),
        };
        // The demo has a folder and a table of its own, whatever the person's settings name; a smaller
        // `--records` than last time is not a loss.
        let unset = [
            "RUNS_URL",
            "LOAD_URL_FILE",
            "LOAD_TABLE",
            "LOAD_COLUMNS",
            "LOAD_MODE",
            "FANOUT_TOPIC",
        ];
        unset
            .into_iter()
            .fold(env, |env, name| env.with(name, ""))
            .with("MAX_SHRINK_PERCENT", "100")
            .with("APPID", self.app().to_string())
    }

    pub(crate) fn app(&self) -> u64 {
        match self {
            Self::Simulated { app, .. } | Self::Real { app, .. } => *app,
        }
    }

    pub(crate) fn base_url(&self) -> String {
        match self {
            Self::Simulated { kintone, .. } => kintone.base_url(),
            Self::Real { base_url, .. } => base_url.clone(),
        }
    }

    pub(crate) fn is_simulated(&self) -> bool {
        matches!(self, Self::Simulated { .. })
    }
}
