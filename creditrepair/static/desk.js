// Shortcuts, one question before a decision, and the lease kept while the page is alive. Every page works without this.
"use strict";
(() => {
  const OFF = "desk.keys.off";
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const one = (selector) => document.querySelector(selector);
  const rows = all("[data-list] tbody tr");
  const evidence = all("[data-evidence]");
  let at = -1;
  let shown = -1;

  const inField = (target) => target.closest("input, textarea, select, [contenteditable]") &&
    !["radio", "checkbox", "submit", "button"].includes(target.type);

  const move = (step) => {
    if (!rows.length) return;
    if (at >= 0) rows[at].classList.remove("on");
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at].classList.add("on");
    const link = rows[at].querySelector("a");
    if (link) link.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const help = () => {
    let box = one("#key-help");
    if (!box) {
      box = document.createElement("dialog");
      box.id = "key-help";
      const head = document.createElement("h2");
      head.textContent = "快捷键";
      const list = document.createElement("ul");
      for (const text of ["j / k 下一条、上一条", "Enter 打开", "o 下一份证据", "a 受理或准予，r 补正，x 不予，b 退回",
        "1–9 勾选理由", "g 领取下一件", "/ 查找", "? 本说明"]) {
        const item = document.createElement("li");
        item.textContent = text;
        list.append(item);
      }
      const toggle = document.createElement("button");
      toggle.type = "button";
      const label = () => { toggle.textContent = localStorage.getItem(OFF) ? "开启快捷键" : "关闭快捷键"; };
      toggle.addEventListener("click", () => {
        if (localStorage.getItem(OFF)) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1");
        label();
      });
      label();
      const close = document.createElement("button");
      close.type = "button";
      close.textContent = "关闭";
      close.addEventListener("click", () => box.close());
      box.append(head, list, toggle, " ", close);
      document.body.append(box);
    }
    if (box.showModal) box.showModal();
  };

  const choose = (key) => {
    const act = one(`input.act[data-key="${key}"]`);
    if (!act) return false;
    act.checked = true;
    act.focus();
    return true;
  };

  const tick = (number) => {
    const box = all(`[data-number="${number}"]`).find((found) => found.offsetParent !== null);
    if (box) box.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (inField(event.target) || one("dialog[open]")) return;
    if (event.key === "?") { help(); event.preventDefault(); return; }
    if (localStorage.getItem(OFF)) return;
    const key = event.key;
    if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "o" && evidence.length) { shown = (shown + 1) % evidence.length; evidence[shown].focus(); }
    else if (key === "/" && one("[data-search]")) one("[data-search]").focus();
    else if (key === "g" && one('button[data-key="g"]')) one('button[data-key="g"]').click();
    else if (/^[arxb]$/.test(key) && choose(key)) { /* chosen */ }
    else if (/^[1-9]$/.test(key)) tick(key);
    else return;
    event.preventDefault();
  });

  // A decision always asks once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sending) { event.preventDefault(); return; }
    const aside = event.submitter && event.submitter.hasAttribute("formaction"); // another act of the same form
    const act = form.matches("[data-decision]") && !aside ? form.querySelector("input.act:checked") : null;
    const what = act ? act.dataset.ask : event.submitter && event.submitter.dataset.ask;
    if (what && !window.confirm(`确认：${what}？`)) { event.preventDefault(); return; }
    if (form.method === "post") form.dataset.sending = "1";
  });
  window.addEventListener("pageshow", () => all("form").forEach((form) => delete form.dataset.sending));

  all(".reason").forEach((row) => {
    const box = row.querySelector("input[type=checkbox]");
    const mark = () => row.classList.toggle("picked", box.checked);
    box.addEventListener("change", mark);
    mark();
  });

  const adder = one("[data-add-row]");
  if (adder) {
    adder.hidden = false;
    adder.addEventListener("click", () => {
      const body = one("[data-rows]");
      const number = body.rows.length;
      if (number >= 30) { adder.hidden = true; return; }
      const fresh = body.rows[0].cloneNode(true);
      all("input, select", fresh).forEach((field) => {
        field.name = field.name.replace(/defect\.\d+\./, `defect.${number}.`);
        field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/第\d+项/, `第${number + 1}项`));
        field.value = "";
      });
      body.append(fresh);
      fresh.querySelector("select").focus();
    });
  }

  // A run that is not finished is asked for again; without script the page asks for itself.
  const follow = () => {
    const shown = one("[data-poll]");
    if (!shown) return;
    setTimeout(async () => {
      try {
        const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
        const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(shown.id);
        if (fresh) shown.replaceWith(document.adoptNode(fresh));
      } catch { /* away for a moment: the next try tells */ }
      follow();
    }, Number(shown.dataset.poll));
  };
  follow();

  const wrong = one("[data-focus]");
  if (wrong) wrong.focus();

  // The lease lasts 30 minutes; while somebody works on the page it is renewed, an abandoned page lets go.
  const grid = one("[data-renew]");
  if (grid) {
    let active = true;
    ["keydown", "pointerdown", "scroll"].forEach((name) => document.addEventListener(name, () => { active = true; }, true));
    setInterval(() => {
      if (!active || document.hidden) return;
      active = false;
      const token = one("input[name=csrfmiddlewaretoken]").value;
      fetch(grid.dataset.renew, { method: "POST", headers: { "X-CSRFToken": token, "X-Renew": "1" } }).catch(() => {});
    }, 5 * 60 * 1000);
  }
})();
