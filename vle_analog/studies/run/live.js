"use strict";
// The page's own circuit: decks with slots, an engine that runs them, curves over those of the equations.
const live = (() => {
  const at = (id) => document.getElementById(`live-${id}`);
  const data = JSON.parse(at("data").textContent);
  let engine = null, drawn = [null, ""];

  // The engine is a module: unpacked once, loaded from memory.
  async function started() {
    if (engine) return engine;
    const bytes = Uint8Array.from(atob(at("engine").textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const text = await new Response(stream).text();
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const { Simulation } = await import(url);
    engine = new Simulation();
    await engine.start();
    return engine;
  }

  // Numbers of a board: the same seed gives the same board, whatever its size of mismatch.
  function normals(seed) {
    let state = (seed * 2654435761 + 88172645463325) >>> 0;
    const uniform = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
    return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  }

  // What is turned: mismatch in per cent, offsets and errors in standard deviations, the rate as a factor.
  const still = { mismatch: 0, offsets: 0, errors: 0, rate: 1, board: 0 };
  const shown = { mismatch: " %", offsets: " times", errors: " times", rate: " times" };
  const kinds = { offsets: "offset", errors: "error", rate: "rate" };

  function deck(part, turned) {
    const { mismatch, offsets, errors, rate, board } = { ...still, ...turned };
    const { pieces, slots } = data.choices[part], normal = normals(board);
    const value = { value: 1, rate: 1 / rate }, error = { offset: offsets, error: errors };
    return pieces.reduce((text, piece, place) => {
      const [word, nominal, kind] = slots[place - 1], drawn = normal();
      if (kind in error) return text + (error[kind] * drawn * nominal).toPrecision(10) + piece;
      const factor = Math.exp(0.01 * mismatch * drawn) * value[kind];
      return text + (factor === 1 ? word : (nominal * factor).toPrecision(10)) + piece;
    });
  }

  async function run(part, turned) {
    const text = deck(part, turned), simulation = await started();
    const begun = performance.now();
    simulation.setNetList(text);
    const result = await simulation.runSim();
    const columns = Object.fromEntries(result.data.map((each) => [each.name.toLowerCase(), each.values]));
    const signals = {};
    for (const [name, volts] of Object.entries(data.volts[part]))
      signals[name] = columns[`v(${name.toLowerCase()})`].map((value) => value / volts);
    const time = columns.time.map((value) => value / data.unit);
    return { deck: text, time, signals, seconds: (performance.now() - begun) / 1000 };
  }

  function between(time, values, moment) {
    let low = 0, high = time.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (time[middle] <= moment) low = middle; else high = middle;
    }
    const part = (moment - time[low]) / (time[high] - time[low] || 1);
    return values[low] + part * (values[high] - values[low]);
  }

  function error(name, done) {
    const ideal = data.reference[name];
    let low = Infinity, high = -Infinity, sum = 0;
    ideal.forEach((value, place) => {
      low = Math.min(low, value); high = Math.max(high, value);
      sum += (between(done.time, done.signals[name], data.time[place]) - value) ** 2;
    });
    return Math.sqrt(sum / ideal.length) / (high - low || 1);
  }

  function draw(done, part) {
    const canvas = at("curves"), pen = canvas.getContext("2d"), names = Object.keys(data.reference);
    const width = Math.max(320, canvas.clientWidth || 960), height = Math.max(360, 0.625 * width);
    drawn = [done, part];
    canvas.width = width * devicePixelRatio; canvas.height = height * devicePixelRatio;
    pen.scale(devicePixelRatio, devicePixelRatio);
    const dark = matchMedia("(prefers-color-scheme: dark)").matches, ink = dark ? "#e6e8eb" : "#1c1f23";
    pen.font = "14px sans-serif";
    const high = (height - 50) / names.length, end = data.time[data.time.length - 1];
    names.forEach((name, row) => {
      const values = data.reference[name], top = Math.max(...values), bottom = Math.min(...values);
      const x = (time) => 70 + (width - 90) * time / end;
      const y = (value) => row * high + 14 + (high - 40) * (top - value) / (top - bottom || 1);
      const line = (times, points, color, width) => {
        pen.beginPath(); pen.strokeStyle = color; pen.lineWidth = width;
        times.forEach((time, place) => pen.lineTo(x(time), Math.max(row * high, Math.min((row + 1) * high - 12, y(points[place])))));
        pen.stroke();
      };
      line(data.time, values, data.colors.reference, 5);
      if (done) line(done.time, done.signals[name], data.colors[part.startsWith("ideal") ? "ideal" : "real"], 1.4);
      pen.fillStyle = ink;
      pen.fillText(name, 4, row * high + high / 2);
      pen.fillText(top.toPrecision(3), 24, row * high + 20);
      pen.fillText(bottom.toPrecision(3), 24, row * high + high - 24);
    });
    pen.fillText("0", 70, height - 28);
    pen.textAlign = "right";
    pen.fillText(`${end.toPrecision(3)} model units, ${(1000 * end * data.unit).toPrecision(3)} ms`, width - 20, height - 28);
    pen.textAlign = "center";
    pen.fillText("time; wide: equations, thin: circuit", (50 + width) / 2, height - 8);
    pen.textAlign = "left";
  }

  async function pressed() {
    const button = at("run"), state = at("state"), part = at("part").value;
    button.disabled = true;
    state.textContent = "Running; the engine takes some seconds to start.";
    await new Promise((ready) => setTimeout(ready, 30));
    try {
      const turned = Object.fromEntries(Object.keys(still).filter(at).map((name) => [name, Number(at(name).value)]));
      const done = await run(part, turned);
      draw(done, part);
      const off = Object.keys(data.reference).map((name) => `${name} ${(100 * error(name, done)).toPrecision(2)} %`);
      state.textContent = `${part}: ${done.time.length} points in ${done.seconds.toFixed(1)} s; NRMSE against the equations: ${off.join(", ")}`;
    } catch (problem) {
      state.textContent = `This circuit did not run: ${problem}`;
    }
    button.disabled = false;
  }

  // What the chosen parts have nothing of cannot be turned.
  function said() {
    const { slots } = data.choices[at("part").value];
    for (const [name, unit] of Object.entries(shown).filter(([name]) => at(name))) {
      at(name).disabled = name in kinds && !slots.some((slot) => slot[2] === kinds[name]);
      at(`${name}-said`).textContent = at(name).disabled ? "none" : at(name).value + unit;
    }
  }

  for (const name of ["part", ...Object.keys(shown)].filter(at)) at(name).addEventListener("input", said);
  at("run").addEventListener("click", pressed);
  addEventListener("resize", () => draw(...drawn));
  said();
  draw(null, "");
  return { run, data };
})();
