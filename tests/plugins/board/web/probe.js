// What a page's script reaches, and what not: each try as what came of it.
const of = async (what) => {
  try {
    return `${await what()}`;
  } catch (error) {
    return `refused: ${error.name}`;
  }
};
// The token itself, as a script that means ill would keep it.
let authorization = null;
const plain = window.fetch;
window.fetch = (url, init) => {
  authorization = new Headers(init?.headers).get("Authorization");
  return plain(url, init);
};
const own = await of(async () => (await tenon.fetch("/me")).status);
const status = async (path, init) => (await plain(new URL(path, import.meta.url), init)).status;
const headers = { Authorization: authorization };

const found = {
  own,
  ops: await of(async () => (await tenon.fetch("/ops")).status),
  origin: self.origin,
  cookie: await of(() => document.cookie),
  storage: await of(() => localStorage.length),
  parent: await of(() => parent.document.title),
  api: await of(() => status("/api/v1/plugins", { credentials: "include" })),
  apiWithToken: await of(() => status("/api/v1/plugins", { headers })),
  heal: await of(() => status("/api/v1/heal", { method: "POST", credentials: "include", body: "{}" })),
  other: await of(() => status("/plugins/inventory/items", { credentials: "include" })),
  otherWithToken: await of(() => status("/plugins/inventory/items", { headers })),
  outside: await of(() => status("https://example.com/")),
  inline: await of(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.head.append(script);
    return Boolean(window.ran);
  }),
  top: await of(() => {
    top.location = "/plugins/board/@assets/index.html";
    return "went";
  }),
  popup: await of(() => String(window.open("/"))),
  asset: await of(() => status("css/board.css")),
};
document.querySelector("#found").textContent = JSON.stringify(found);
