"use strict";

const standing = document.querySelector("#standing");
const table = document.querySelector("table");

const cell = (content) => {
  const cell = document.createElement("td");
  cell.append(content);
  return cell;
};

const row = ({ id, person, text, refused }) => {
  const button = document.createElement("button");
  button.textContent = "Send again";
  button.addEventListener("click", async () => {
    button.disabled = true;
    await tenon.fetch(`/outbox/${id}/again`, { method: "POST" });
    await show();
  });
  const row = document.createElement("tr");
  row.append(cell(person), cell(text), cell(String(refused)), cell(button));
  return row;
};

const show = async () => {
  const answer = await tenon.fetch("/outbox");
  if (!answer.ok) {
    standing.textContent = answer.status === 403 ? "Administrators see the outbox." : `It cannot be read: ${answer.status}.`;
    table.hidden = true;
    return;
  }
  const { standing: now, refused } = await answer.json();
  standing.textContent = `${now.waiting} wait, ${now.sent} were sent, ${now.refused} were refused.`;
  table.hidden = refused.length === 0;
  table.tBodies[0].replaceChildren(...refused.map(row));
};

show();
