"use strict";

const show = async () => {
  const answer = await tenon.fetch("/me");
  const me = await answer.json();
  document.querySelector("#me").textContent = `${answer.status} ${me.subject} ${me.admin}`;
};

document.querySelector("#new").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = new FormData(event.target).get("text");
  const headers = { "Content-Type": "application/json" };
  const answer = await tenon.fetch("/notes", { method: "POST", headers, body: JSON.stringify({ text }) });
  document.querySelector("#pinned").textContent = `${answer.status}`;
});

show();
