// Materials: several photos at once, shrunk before they go, with progress and another try, and turned when they came out
// sideways; and the desktop page that sees what a telephone sends. Without this file the same forms work by their buttons.
(function () {
  "use strict";
  var sent = {}; // number of a stored photo → what was picked in this visit: { form, file, turn, uuid, busy, button }
  var AGAIN = "请用手机重新拍照，或另存为PDF后上传；其他文件已保存。";

  function line(queue, name) {
    var item = document.createElement("li"), words = document.createElement("span"), bar = document.createElement("progress");
    words.className = "words";
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    item.appendChild(words);
    item.appendChild(bar);
    queue.appendChild(item);
    return {
      item: item,
      bar: bar,
      say: function (text) { words.textContent = text; }
    };
  }

  function refused(shown, text) {
    shown.item.className = "refused";
    shown.bar.remove();
    shown.say(text);
  }

  function reason(form, file) {
    var most = Number(form.dataset.max), dot = file.name.lastIndexOf("."), suffix = file.name.slice(dot).toLowerCase();
    if (file.size > most) { return "超过" + Math.floor(most / 1048576) + "MB"; }
    if (dot < 0 || form.dataset.accept.split(",").indexOf(suffix) < 0) { return "不是可接受的格式（PDF、JPG、PNG、HEIC）"; }
    return "";
  }

  function isPicture(file) {
    return /^image\/(jpeg|png)$/.test(file.type) && Boolean(window.createImageBitmap) && Boolean(HTMLCanvasElement.prototype.toBlob);
  }

  // The picture upright as its EXIF says, no side longer than `side`, turned by so many quarters clockwise.
  function drawn(file, side, quarters, canvas) {
    return createImageBitmap(file, { imageOrientation: "from-image" }).then(function (picture) {
      var scale = Math.min(1, side / Math.max(picture.width, picture.height)), pen = canvas.getContext("2d");
      var width = Math.round(picture.width * scale), height = Math.round(picture.height * scale);
      canvas.width = quarters % 2 ? height : width;
      canvas.height = quarters % 2 ? width : height;
      pen.translate(canvas.width / 2, canvas.height / 2);
      pen.rotate(quarters * Math.PI / 2);
      pen.drawImage(picture, -width / 2, -height / 2, width, height);
      return scale === 1 && quarters === 0;
    });
  }

  // Telephones take photos of 12 megapixels and more; 2000 pixels show every line of a receipt. What the browser cannot
  // decode (HEIC mostly) goes as it is: the server converts it.
  function shrunk(file, side, quarters) {
    var canvas = document.createElement("canvas");
    if (!isPicture(file)) { return Promise.resolve(file); }
    return drawn(file, side, quarters, canvas).then(function (same) {
      if (same) { return file; }
      return new Promise(function (done) {
        canvas.toBlob(function (blob) {
          var name = file.name.replace(/\.[^.]*$/, "") + ".jpg";
          done(blob && (quarters || blob.size < file.size) ? new File([blob], name, { type: "image/jpeg" }) : file);
        }, "image/jpeg", 0.86);
      });
    }).catch(function () { return file; });
  }

  function send(form, file, shown, replaces) {
    return new Promise(function (done) {
      var body = new FormData(form), request = new XMLHttpRequest();
      body.set("file", file, file.name);
      if (replaces) { body.set("replaces", replaces); }
      request.open("POST", form.action);
      request.setRequestHeader("X-Upload", "1");
      request.upload.addEventListener("progress", function (event) {
        if (!event.lengthComputable) { return; }
        shown.bar.value = Math.round(event.loaded / event.total * 100);
        if (event.loaded === event.total) { shown.say("“" + file.name + "”正在安全检查…"); shown.bar.removeAttribute("value"); }
      });
      request.addEventListener("load", function () {
        var data = null;
        try { data = JSON.parse(request.responseText); } catch (problem) { data = null; }
        done({ status: request.status, data: data });
      });
      request.addEventListener("error", function () { done({ status: 0, data: null }); });
      request.addEventListener("timeout", function () { done({ status: 0, data: null }); });
      request.timeout = 180000;
      shown.say("正在上传“" + file.name + "”");
      request.send(body);
    });
  }

  function show(form, html) {
    var state = form.closest("[data-slot]").querySelector("[data-slot-state]"), held = document.activeElement;
    state.innerHTML = html;
    state.querySelectorAll("[data-file]").forEach(function (row) {
      var photo = sent[row.dataset.file];
      if (photo) { addTurn(row, photo, photo.button === held); }
    });
  }

  // Beside a photo of this visit: a small picture of it, and the button that turns it. Both come and go with the row.
  function addTurn(row, photo, hadFocus) {
    var button = document.querySelector("template[data-turn]").content.firstElementChild.cloneNode(true);
    var small = document.createElement("canvas");
    small.className = "thumb";
    small.setAttribute("aria-hidden", "true");
    photo.small = small;
    photo.button = button;
    drawn(photo.file, 160, photo.turn, small);
    button.setAttribute("aria-label", "旋转" + row.dataset.name);
    button.addEventListener("click", function () {
      photo.turn = (photo.turn + 1) % 4;
      drawn(photo.file, 160, photo.turn, photo.small);
      if (!photo.busy) { photo.busy = true; queue(photo.form, [photo.file], photo); }
    });
    row.insertBefore(small, row.firstChild);
    row.insertBefore(button, row.querySelector(".scan").nextSibling);
    if (hadFocus) { button.focus(); }
  }

  // The server has the photo as it was `turned`; whoever pressed on meanwhile has it sent once more.
  function keep(form, file, photo, uuid, turned) {
    if (!photo) { photo = { form: form, file: file, turn: 0, busy: false }; } else { delete sent[photo.uuid]; }
    photo.uuid = uuid;
    sent[uuid] = photo;
    photo.busy = photo.turn !== turned;
    if (photo.busy) { queue(form, [file], photo); }
  }

  function retry(shown, text, again) {
    var button = document.createElement("button");
    refused(shown, text);
    button.type = "button";
    button.className = "btn btn-quiet btn-small";
    button.textContent = "重试";
    button.addEventListener("click", function () { shown.item.remove(); again(); });
    shown.item.appendChild(button);
  }

  function one(form, file, photo) {
    var shown = line(form.querySelector("[data-queue]"), file.name), why = reason(form, file);
    var shrinks = /^image\/(jpeg|png)$/.test(file.type), quarters = photo ? photo.turn : 0;
    var again = function () { if (photo) { photo.busy = true; } queue(form, [file], photo); };
    shown.say("准备“" + file.name + "”");
    if (why && !(shrinks && file.size > Number(form.dataset.max))) {
      refused(shown, "文件“" + file.name + "”" + why + "。" + AGAIN);
      return Promise.resolve();
    }
    return shrunk(file, Number(form.dataset.shrink), quarters).then(function (small) {
      why = reason(form, small);
      if (why) { refused(shown, "文件“" + file.name + "”" + why + "。" + AGAIN); return null; }
      return send(form, small, shown, photo && photo.uuid).then(function (answer) {
        var data = answer.data;
        if (photo) { photo.busy = false; }
        if (answer.status === 200 && data && data.stored && isPicture(file)) { keep(form, file, photo, data.stored, quarters); }
        if (data && data.html) { show(form, data.html); }
        if (answer.status === 200 && data) {
          shown.item.remove();
          if (photo) { document.querySelector("[data-turned]").textContent = "“" + file.name + "”已旋转并保存"; }
          return;
        }
        if (answer.status === 422 && data && data.again) { retry(shown, data.fault, again); return; }
        if (answer.status === 422 && data) { refused(shown, data.fault); return; }
        if (answer.status === 0 || answer.status >= 500) { retry(shown, "“" + file.name + "”没有传完，已传的文件都在。", again); return; }
        if (answer.status === 429) { retry(shown, "上传过于频繁，请稍后重试。", again); return; }
        refused(shown, "页面已失效或登录已过期，请刷新后继续；已传的文件都在。");
      });
    });
  }

  function queue(form, files, photo) {
    var before = form.working || Promise.resolve();
    form.working = files.reduce(function (chain, file) { return chain.then(function () { return one(form, file, photo); }); }, before);
  }

  document.querySelectorAll("form[data-upload]").forEach(function (form) {
    var input = form.querySelector("input[type=file]"), pick = form.querySelector("[data-pick]");
    form.classList.add("has-script");
    pick.hidden = false;
    pick.addEventListener("click", function () { input.click(); });
    input.addEventListener("change", function () {
      var files = Array.prototype.slice.call(input.files);
      form.querySelectorAll(".refused").forEach(function (old) { old.remove(); });
      input.value = "";
      queue(form, files);
    });
  });

  var arrived = document.querySelector("[data-arrived]");
  if (arrived && window.fetch) {
    document.querySelector("[data-waiting]").hidden = false;
    document.querySelector("[data-refresh]").hidden = true;
    var look = function () {
      fetch(arrived.dataset.arrived, { credentials: "same-origin" })
        .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.json(); })
        .then(function (data) {
          if (arrived.dataset.last !== data.html) { arrived.innerHTML = data.html; arrived.dataset.last = data.html; }
          if (!data.open) { location.href = arrived.dataset.then; return; }
          setTimeout(look, 3000);
        })
        .catch(function () { setTimeout(look, 10000); });
    };
    setTimeout(look, 2000);
  }
})();
