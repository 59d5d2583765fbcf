//! A plugin that does what ordinary plugins do, with the libraries that they use: none of it is refused.
#![expect(unsafe_code, reason = "ordinary libraries call the C library")]

#[path = "ordinary/files.rs"]
mod files;
#[path = "ordinary/system.rs"]
mod system;

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rand::Rng;
use rayon::prelude::*;
use serde_json::json;
use tenon_plugin_api::prelude::*;

struct Ordinary;

impl Plugin for Ordinary {
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        let told = match request.param("what").unwrap_or_default() {
            "threads" => json!(threads()),
            "rayon" => json!((1..=1_000_000_u64).into_par_iter().map(|number| number % 7).sum::<u64>()),
            "regex" => json!(regex()?),
            "time" => json!(time()?),
            "image" => json!(image()?),
            "random" => {
                json!((0..100).map(|_| rand::rng().random_range(0..7)).filter(|one| *one < 7).count())
            }
            "files" => json!(files::all(&request.host().config::<files::Settings>()?.place).map_err(failed)?),
            "system" => json!(system::all().map_err(failed)?),
            "database" => json!(db.query_one("SELECT 7", &[])?.get::<i32>(0)?),
            other => return Err(PluginError::not_found(other)),
        };
        Response::json(&told)
    }
}

fn failed(error: impl std::fmt::Display) -> PluginError {
    PluginError::internal(error.to_string())
}

fn threads() -> u64 {
    let (send, receive) = mpsc::channel();
    let threads: Vec<_> = (0..8_u64)
        .map(|number| {
            let send = send.clone();
            let builder = thread::Builder::new().name(format!("ordinary {number}")).stack_size(4 << 20);
            builder.spawn(move || {
                thread::sleep(Duration::from_millis(5));
                send.send(number)
            })
        })
        .collect();
    drop(send);
    let sum = receive.iter().sum::<u64>();
    let joined = threads.into_iter().filter_map(Result::ok).filter_map(|thread| thread.join().ok()).count();
    // Waiting with a bound, and counting beside each other.
    let (lock, condition) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                if let Ok(mut count) = lock.lock() {
                    *count += 1;
                }
                condition.notify_all();
            });
        }
        if let Ok(count) = lock.lock() {
            drop(condition.wait_timeout_while(count, Duration::from_millis(20), |_| true));
        }
    });
    thread::yield_now();
    sum + joined as u64
}

fn regex() -> Result<HashMap<String, usize>, PluginError> {
    let words = regex::Regex::new(r"\b(\w)\w*\b").map_err(failed)?;
    let mut counts = HashMap::new();
    for found in words.captures_iter("peter piper picked a peck of pickled peppers") {
        *counts.entry(found[1].to_owned()).or_default() += 1;
    }
    Ok(counts)
}

fn time() -> Result<bool, PluginError> {
    let (began, now) = (Instant::now(), SystemTime::now());
    let berlin = jiff::Timestamp::now().in_tz("Europe/Berlin").map_err(failed)?;
    let local = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    Ok(began.elapsed() < Duration::from_secs(60)
        && now.elapsed().is_ok()
        && berlin.time_zone().iana_name() == Some("Europe/Berlin")
        && local.len() == 10)
}

/// Makes a picture, and reads it again.
fn image() -> Result<(u32, u32, usize), PluginError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 64, 32);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> = (0..64 * 32 * 3).map(|number| number as u8).collect();
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels)).map_err(failed)?;
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info().map_err(failed)?;
    let mut read = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let info = reader.next_frame(&mut read).map_err(failed)?;
    Ok((info.width, info.height, read.iter().zip(&pixels).filter(|(read, made)| read == made).count()))
}

export_plugin! {
    Ordinary,
    id: "ordinary",
    name: "Ordinary Plugin",
    access: public,
    routes: ["POST /{what}"],
}
