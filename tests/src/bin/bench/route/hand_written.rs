//! The endpoints of the plugin `stall`, as somebody would write them on actix-web with deadpool-postgres: the
//! floor of a plugin's route. A process of its own, like the host.

use std::io::Write;
use std::str::FromStr;

use actix_web::{App, HttpResponse, HttpServer, Responder, web};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::{NoTls, Row};

#[derive(Serialize)]
struct Item {
    id: i32,
    name: String,
    qty: i32,
}

impl Item {
    fn of(row: &Row) -> Self {
        Self { id: row.get(0), name: row.get(1), qty: row.get(2) }
    }
}

#[derive(Deserialize)]
struct NewSale {
    item: i32,
    qty: i32,
}

const ONE: &str = "SELECT id, name, qty FROM stall.item WHERE id = $1";

async fn item(pool: web::Data<Pool>, id: web::Path<i32>) -> impl Responder {
    let client = pool.get().await.unwrap();
    let statement = client.prepare_cached(ONE).await.unwrap();
    match client.query_opt(&statement, &[&*id]).await.unwrap() {
        Some(row) => HttpResponse::Ok().json(Item::of(&row)),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn items(pool: web::Data<Pool>) -> impl Responder {
    let client = pool.get().await.unwrap();
    let sql = "SELECT id, name, qty FROM stall.item ORDER BY id LIMIT 100";
    let statement = client.prepare_cached(sql).await.unwrap();
    let rows = client.query(&statement, &[]).await.unwrap();
    HttpResponse::Ok().json(rows.iter().map(Item::of).collect::<Vec<_>>())
}

const SELL: &str = "INSERT INTO stall.sale (item, qty) VALUES ($1, $2) RETURNING id";

async fn sell(pool: web::Data<Pool>, new: web::Json<NewSale>) -> impl Responder {
    let client = pool.get().await.unwrap();
    let statement = client.prepare_cached(SELL).await.unwrap();
    let row = client.query_one(&statement, &[&new.item, &new.qty]).await.unwrap();
    HttpResponse::Created().json(json!({ "id": row.get::<_, i64>(0) }))
}

/// What follows the statement could take it back.
async fn sell_in_a_transaction(pool: web::Data<Pool>, new: web::Json<NewSale>) -> impl Responder {
    let mut client = pool.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    let statement = transaction.prepare_cached(SELL).await.unwrap();
    let row = transaction.query_one(&statement, &[&new.item, &new.qty]).await.unwrap();
    transaction.commit().await.unwrap();
    HttpResponse::Created().json(json!({ "id": row.get::<_, i64>(0) }))
}

async fn nothing() -> impl Responder {
    HttpResponse::NoContent()
}

async fn many(pool: web::Data<Pool>, times: web::Path<u32>) -> impl Responder {
    let client = pool.get().await.unwrap();
    for _ in 0..*times {
        let statement = client.prepare_cached(ONE).await.unwrap();
        client.query_one(&statement, &[&17]).await.unwrap();
    }
    HttpResponse::NoContent()
}

/// Serves on a free port, says which, and ends with its standard input.
pub(super) fn serve(url: &str, pool_size: usize) {
    let config = tokio_postgres::Config::from_str(url).unwrap();
    actix_web::rt::System::new().block_on(async {
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, manager)).max_size(pool_size);
        let pool = web::Data::new(pool.build().unwrap());
        let app = move || {
            App::new()
                .app_data(web::Data::clone(&pool))
                .route("/items/{id}", web::get().to(item))
                .route("/items", web::get().to(items))
                .route("/sales", web::post().to(sell))
                .route("/sales/in-a-transaction", web::post().to(sell_in_a_transaction))
                .route("/nothing", web::get().to(nothing))
                .route("/many/{times}", web::get().to(many))
        };
        let server = HttpServer::new(app).bind("127.0.0.1:0").unwrap();
        println!("{}", server.addrs()[0]);
        std::io::stdout().flush().unwrap();
        std::thread::spawn(|| {
            let _ = std::io::stdin().read_line(&mut String::new());
            std::process::exit(0);
        });
        server.run().await.unwrap();
    });
}
