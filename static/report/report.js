// The pages for witnesses, made easier. All of it works without this script; nothing is ever kept on the device.

const form = document.querySelector("form[data-sends]");
const exit = document.querySelector("[data-exit]");
let leaving = false;

/* The way out: the page is gone at once, and Back does not lead to it. */
function leave() {
  leaving = true;
  if (sending) sending.stop();
  document.title = "";
  document.body.replaceChildren();
  location.replace(exit.href);
}

exit.addEventListener("click", event => {
  event.preventDefault();
  leave();
});
let escapes = [];
addEventListener("keydown", event => {
  escapes = event.key === "Escape" ? [...escapes.slice(-2), event.timeStamp] : [];
  if (escapes.length === 3 && event.timeStamp - escapes[0] < 2000) leave();
});

/* What is left of a text's room, when it gets scarce. */
function count(field) {
  const note = document.createElement("p");
  note.className = "meta";
  note.hidden = true;
  field.after(note);
  field.addEventListener("input", () => {
    const left = field.maxLength - field.value.length;
    note.hidden = left > Math.max(100, field.maxLength / 10);
    note.textContent = form.dataset.left.replace("LEFT", left.toLocaleString(document.documentElement.lang));
  });
}

/* The proof of work, in a thread of its own while the witness writes. */
function work(field) {
  const worker = new Worker(field.dataset.work);
  worker.onmessage = ({ data }) => {
    field.value = data;
    worker.terminate();
  };
  worker.postMessage({ challenge: field.dataset.challenge, bits: Number(field.dataset.bits) });
}

const SMALLEST = 64 * 1024, LARGEST = 4 * 1024 * 1024, QUICK = 3000, LONGEST_PAUSE = 30000;

/* One file on its way by tus 1.0: pieces that grow while the line is quick and shrink when it breaks. */
class Sending {
  constructor(file, list) {
    this.file = file;
    this.list = list;
    this.state = "waiting";
    this.offset = 0;
    this.failures = 0;
    this.piece = 256 * 1024;
    // By which the server knows it when its first answer was lost; two files may look the same.
    this.mark = Array.from(crypto.getRandomValues(new Uint32Array(4)), part => part.toString(16)).join("");
    this.row = list.template.content.querySelector("li").cloneNode(true);
    this.bar = this.row.querySelector("progress");
    this.row.querySelector("strong").textContent = file.name;
    this.row.querySelector("span").textContent = size(file.size);
    this.bar.setAttribute("aria-label", file.name);
    for (const button of this.row.querySelectorAll("button")) {
      button.setAttribute("aria-label", `${button.textContent}: ${file.name}`);
    }
    this.row.querySelector(".again").addEventListener("click", () => this.again());
    this.row.querySelector(".out").addEventListener("click", () => this.takeOut());
    this.show();
  }

  show(words) {
    const share = this.file.size ? Math.floor((this.offset / this.file.size) * 100) : 0;
    this.bar.value = share;
    this.bar.hidden = this.state === "there" || this.state === "failed";
    this.row.className = this.state;
    this.row.querySelector(".again").hidden = this.state !== "failed" || this.hopeless;
    const text = words || this.list.template.dataset[this.state];
    this.row.querySelector(".state").textContent = text.replace("PERCENT", share.toLocaleString(document.documentElement.lang));
  }

  become(state, words) {
    this.state = state;
    this.show(words);
    if (state === "there") this.list.say("arrived", this.file.name);
    if (state === "failed") this.list.say("lost", this.file.name);
  }

  again() {
    this.failures = 0;
    this.become("waiting");
    this.row.querySelector(".out").focus();
    this.list.go();
  }

  async takeOut() {
    const place = this.place;
    this.state = "out";
    this.stop();
    this.list.drop(this);
    if (place) await this.ask("DELETE", place).catch(() => {});
  }

  stop() {
    if (this.request) this.request.abort();
    if (this.wake) this.wake();
  }

  /* Sends until it is there, refused or taken out. */
  async run() {
    this.become("going");
    this.list.say("began", this.file.name);
    while (this.state === "going" || this.state === "broken") {
      try {
        await this.step();
      } catch (error) {
        if (this.state === "out") return;
        if (error.words === undefined) await this.pause();
        else {
          this.hopeless = error.status === 400 || error.status === 413; // empty, too large: it will not change
          this.become("failed", error.words);
        }
      }
    }
  }

  async step() {
    if (!this.place) {
      const told = `filename ${base64(this.file.name)},filetype ${base64(this.file.type)},mark ${base64(this.mark)}`;
      const made = await this.ask("POST", this.list.template.dataset.to, {
        "Upload-Length": String(this.file.size), "Upload-Metadata": told,
      });
      this.place = made.getResponseHeader("Location");
    } else if (this.state === "broken") {
      this.offset = await this.whereAreWe();
    }
    if (this.state === "out") return;
    if (this.state === "broken") this.state = "going";
    this.show();
    if (this.offset >= this.file.size) return this.become("there");
    const began = performance.now(), from = this.offset;
    const end = Math.min(from + this.piece, this.file.size);
    const headers = { "Upload-Offset": String(from), "Content-Type": "application/offset+octet-stream" };
    const answer = await this.ask("PATCH", this.place, headers, this.file.slice(from, end), part => {
      this.offset = from + part;
      this.show();
    });
    this.offset = Number(answer.getResponseHeader("Upload-Offset"));
    this.failures = 0;
    if (performance.now() - began < QUICK) this.piece = Math.min(this.piece * 2, LARGEST);
    this.show();
    if (this.offset >= this.file.size) this.become("there");
  }

  async whereAreWe() {
    try {
      return Number((await this.ask("HEAD", this.place)).getResponseHeader("Upload-Offset"));
    } catch (error) {
      if (error.status !== 404 && error.status !== 410) throw error;
      this.place = ""; // it was cleared away meanwhile: from the beginning
      this.offset = 0;
      throw new Error("begin anew");
    }
  }

  /* Waits longer each time, and not at all once the line is back. */
  async pause() {
    this.piece = Math.max(this.piece / 2, SMALLEST);
    this.become("broken");
    const wait = Math.min(1000 * 2 ** this.failures++, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
    await new Promise(done => {
      this.wake = done;
      setTimeout(done, wait);
      addEventListener("online", done, { once: true });
    });
  }

  /* One request. What a person must decide rejects with `words`; what passes by itself rejects without. */
  ask(method, place, headers = {}, body = null, progress = null) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open(method, place);
      request.setRequestHeader("Tus-Resumable", "1.0.0");
      request.setRequestHeader("Form-Token", form.elements[form.dataset.sends].value);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      if (progress) request.upload.onprogress = event => progress(event.loaded);
      request.onload = () => {
        const fresh = request.getResponseHeader("Form-Token"); // the page stays open while its files come
        if (fresh) form.elements[form.dataset.sends].value = fresh;
        if (request.status < 300) return resolve(request);
        const error = new Error(`${method} ${request.status}`);
        error.status = request.status;
        const isFinal = request.status < 500 || request.status === 507;
        const passes = [404, 409, 410, 423, 429].includes(request.status) && (method !== "POST" || request.status === 429);
        if (isFinal && !passes) error.words = plain(request);
        reject(error);
      };
      request.onerror = request.onabort = request.ontimeout = () => reject(new Error(method));
      request.send(body);
    });
  }
}

/* The files of one form: one after the other, since a bad line carries one better than many. */
class Files {
  constructor(field, template) {
    this.field = field;
    this.template = template;
    this.all = [];
    this.box = template.content.querySelector(".sending").cloneNode(true);
    this.hold = this.box.querySelector(".hold");
    this.hold.querySelector(".without").addEventListener("click", () => this.send());
    field.addEventListener("change", () => this.take([...field.files]));
  }

  take(files) {
    this.field.value = ""; // or the form would send them once more
    if (!this.box.isConnected) this.field.after(this.box);
    for (const file of files) {
      const known = this.all.find(one => ["name", "size", "lastModified"].every(fact => one.file[fact] === file[fact]));
      if (known) {
        if (known.state === "failed") known.again();
        continue;
      }
      const sending = new Sending(file, this);
      this.all.push(sending);
      this.box.querySelector("ul").append(sending.row);
    }
    this.go();
  }

  get open() {
    return this.all.filter(one => ["waiting", "going", "broken"].includes(one.state));
  }

  async go() {
    if (this.running) return;
    this.running = true;
    for (let next; (next = this.all.find(one => one.state === "waiting"));) await next.run();
    this.running = false;
    this.settle();
  }

  /* The form was sent while files were on their way: it goes when the last is here. */
  settle() {
    if (this.held && !this.open.length && this.all.every(one => one.state !== "failed")) this.send();
  }

  drop(one) {
    const after = one.row.nextElementSibling || one.row.previousElementSibling;
    one.row.remove();
    this.all = this.all.filter(other => other !== one);
    (after ? after.querySelector(".out") : this.field).focus();
    if (!this.running) this.settle();
  }

  submitted(event) {
    if (this.sent || !this.open.length) return;
    event.preventDefault();
    this.held = true;
    this.hold.hidden = false;
    this.hold.querySelector("button").focus();
  }

  send() {
    this.sent = true;
    this.stop();
    form.submit();
  }

  stop() {
    for (const one of this.all) {
      if (one.state !== "there") one.state = "out";
      one.stop();
    }
  }

  /* Begun, arrived, lost: said once, calmly. The percentages are for the eye. */
  say(what, name) {
    this.box.querySelector("[role=status]").textContent = this.template.dataset[what].replace("NAME", name);
  }
}

function plain(request) {
  return (request.getResponseHeader("Content-Type") || "").startsWith("text/plain") ? request.responseText : "";
}

function base64(text) {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
}

function size(bytes) {
  const [unit, by] = bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const format = { style: "unit", unit, maximumFractionDigits: bytes < 1e7 ? 1 : 0 };
  return (bytes / by).toLocaleString(document.documentElement.lang, format);
}

const template = document.getElementById("sending");
const sending = form && template ? new Files(document.getElementById("id_files"), template) : null;
if (form) {
  form.querySelectorAll("textarea[maxlength]").forEach(count);
  const field = form.elements.work;
  if (field && field.dataset.challenge) work(field);
}
if (sending) {
  form.addEventListener("submit", event => sending.submitted(event));
  addEventListener("beforeunload", event => {
    if (sending.open.length && !sending.sent && !leaving) event.preventDefault();
  });
}
