'use strict';
(() => {
  const HEIGHT = 260;
  const TIP_ROWS = 12;
  const TABLE_ROWS = 60;
  const DASHES = [[], [8, 4], [2, 3]];
  const COLOURS = 10;
  const X_STEPS = [0.01, 0.1, 1, 10, 100, 1000, 1e4, 1e5, 1e6].flatMap(unit => [unit, 2 * unit, 5 * unit]);

  const charts = new Map();   // figure id -> chart
  const off = new Set();      // names switched off
  const chosen = new Map();   // figure id -> index of the view
  let zoom = null;            // [min, max] of x in all charts, or null for all
  const $ = id => document.getElementById(id);
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const stroke = line => css('--c' + line.colour % COLOURS);
  const dash = line => DASHES[Math.floor(line.colour / COLOURS) % DASHES.length];

  function element(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function swatch(colour) {
    const classes = `swatch c${colour % COLOURS} d${Math.floor(colour / COLOURS) % DASHES.length}`;
    const node = element('span', { className: classes });
    node.setAttribute('aria-hidden', 'true');
    return node;
  }

  const tick = (value, digits) => String(Number(value.toPrecision(digits)));

  function text(value, unit) {
    if (value == null) return '–';
    const size = Math.abs(value);
    const tiny = size !== 0 && (size < 1e-3 || size >= 1e6);
    return (tiny ? value.toExponential(2) : tick(value, 4)) + (unit ? ' ' + unit : '');
  }

  /** x of everything there is: the same range in all charts, so that they can be read one under the other. */
  function domain() {
    let min = Infinity, max = -Infinity;
    for (const { data } of charts.values()) {
      for (const x of data.x) {
        if (x.length) { min = Math.min(min, x[0]); max = Math.max(max, x[x.length - 1]); }
      }
    }
    if (min > max) return [0, 1];
    return min === max ? [min - 0.5, max + 0.5] : [min, max];
  }

  /** Index of the point nearest to x among those that have a value, or -1. */
  function nearest(xs, ys, x) {
    let low = 0, high = xs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle + 1; else high = middle;
    }
    let best = -1;
    for (let i = low; i >= 0 && (best < 0 || i >= low - 1); i--) {
      if (ys[i] != null && (best < 0 || Math.abs(xs[i] - x) < Math.abs(xs[best] - x))) best = i;
    }
    return best;
  }

  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.plotArea = figure.querySelector('.plot');
      this.status = figure.querySelector('[role=status]');
      this.source = figure.querySelector('script');
      this.data = JSON.parse(this.source.textContent);
      this.select = figure.querySelector('select');
      if (this.select) {
        this.select.value = String(Math.min(chosen.get(figure.id) || 0, this.data.views.length - 1));
        this.select.addEventListener('change', () => {
          chosen.set(figure.id, Number(this.select.value));
          this.draw();
        });
      }
      this.plotArea.addEventListener('keydown', event => this.key(event));
      this.plotArea.addEventListener('blur', () => this.tip(null));
      this.plotArea.addEventListener('dblclick', () => zoomBy('all'));
      this.values = figure.querySelector('.values');
      this.values.addEventListener('toggle', () => this.table());
      this.tipBox = element('div', { className: 'tip', hidden: true });
      this.tipBox.setAttribute('aria-hidden', 'true');
    }

    get view() { return this.data.views[this.select ? Number(this.select.value) : 0]; }

    get shown() { return this.view.lines.filter(line => !line.fine && !off.has(line.name)); }

    /** New data under the same figure: everything the reader has set stays. */
    replace(json) {
      if (json === this.source.textContent) return;
      this.source.textContent = json;
      this.data = JSON.parse(json);
      this.draw();
      this.table();
    }

    draw() {
      if (this.plot) this.plot.destroy();
      // What is fine lies under the rest.
      this.lines = [...this.view.lines].sort((a, b) => b.fine - a.fine);
      this.plot = new uPlot(this.options(), this.joined(), this.plotArea);
      this.plotArea.append(this.tipBox);
      this.tip(null);
    }

    joined() {
      if (!this.lines.length) return [[]];
      return uPlot.join(this.lines.map(line => [this.data.x[line.x], line.y]));
    }

    width() { return Math.max(200, Math.floor(this.plotArea.clientWidth)); }

    options() {
      const lines = { stroke: css('--grid'), width: 1 };
      const axis = { stroke: css('--soft'), grid: lines, ticks: lines };
      const series = this.lines.map(line => ({
        label: line.name,
        show: !off.has(line.name),
        stroke: stroke(line),
        alpha: line.fine ? 0.25 : 1,
        width: line.fine ? 1 : 2,
        dash: line.fine ? [] : dash(line),
        points: line.fine ? { show: false } : { size: 6 },
      }));
      return {
        width: this.width(),
        height: HEIGHT,
        legend: { show: false },
        scales: { x: { time: false, range: () => zoom || domain() } },
        axes: [
          { ...axis, label: this.data.xLabel, labelSize: 20, size: 36, incrs: X_STEPS },
          {
            ...axis,
            values: (plot, values) => values.map(value => tick(value, 6)),
            size: (plot, labels) => 18 + 7 * Math.max(4, ...(labels || []).map(label => label.length)),
          },
        ],
        series: [{}, ...series],
        cursor: { sync: { key: 'x' }, points: { show: false }, drag: { x: true, y: false, setScale: false } },
        hooks: {
          setCursor: [plot => this.tip(plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, 'x') : null)],
          setSelect: [plot => {
            if (plot.select.width > 4 && plot.cursor.event && this.plotArea.contains(plot.cursor.event.target)) {
              setZoom(plot.posToVal(plot.select.left, 'x'), plot.posToVal(plot.select.left + plot.select.width, 'x'));
            }
            if (plot.select.width > 0) plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          }],
        },
      };
    }

    /** The values near x, the largest first. */
    readings(x) {
      return this.shown.map(line => {
        const xs = this.data.x[line.x];
        const at = nearest(xs, line.y, x);
        return at < 0 ? null : { line, x: xs[at], y: line.y[at] };
      }).filter(reading => reading).sort((a, b) => b.y - a.y);
    }

    tip(x) {
      const readings = x == null ? [] : this.readings(x);
      this.tipBox.hidden = readings.length === 0;
      if (!readings.length) return;
      const near = readings.reduce((a, b) => Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a).x;
      const rows = readings.slice(0, TIP_ROWS).map(({ line, y }) =>
        element('div', {}, swatch(line.colour), element('span', { textContent: line.name }),
          element('b', { textContent: text(y, this.view.unit) })));
      const left = readings.length - TIP_ROWS;
      if (left > 0) rows.push(element('div', { textContent: `and ${left} more` }));
      this.tipBox.replaceChildren(element('div', { textContent: `${this.data.xLabel} ${text(near, '')}` }), ...rows);
      const place = this.plot.bbox.left / devicePixelRatio + this.plot.valToPos(x, 'x');
      const toTheRight = place < this.plotArea.clientWidth / 2;
      this.tipBox.style.left = toTheRight ? place + 12 + 'px' : 'auto';
      this.tipBox.style.right = toTheRight ? 'auto' : this.plotArea.clientWidth - place + 12 + 'px';
    }

    /** Arrow keys read the curves point by point; with them a chart can be used without a mouse. */
    key(event) {
      const actions = { '+': 'in', '=': 'in', '-': 'out', '0': 'all', Escape: 'all' };
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (actions[event.key]) {
        zoomBy(actions[event.key]);
      } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
        const forward = event.key === 'ArrowRight';
        if (event.shiftKey) zoomBy(forward ? 'right' : 'left'); else this.step(forward);
      } else {
        return;
      }
      event.preventDefault();
    }

    step(forward) {
      const [min, max] = zoom || domain();
      const xs = [...new Set(this.shown.flatMap(line => this.data.x[line.x]))]
        .filter(x => x >= min && x <= max).sort((a, b) => a - b);
      if (!xs.length) return;
      const at = this.read == null ? -1 : xs.indexOf(this.read);
      const next = at < 0 ? (forward ? 0 : xs.length - 1) : at + (forward ? 1 : -1);
      this.read = xs[Math.min(xs.length - 1, Math.max(0, next))];
      this.tip(this.read);
      this.status.textContent = `${this.data.xLabel} ${text(this.read, '')}: `
        + this.readings(this.read).map(({ line, y }) => `${line.name} ${text(y, this.view.unit)}`).join(', ');
    }

    /** The numbers behind the curves, made when they are asked for. */
    table() {
      if (!this.values.open) return;
      const lines = this.shown;
      const all = [...new Set(lines.flatMap(line => this.data.x[line.x]))].sort((a, b) => a - b);
      const every = Math.max(1, Math.ceil(all.length / TABLE_ROWS));
      const xs = all.filter((x, i) => i % every === 0 || i === all.length - 1);
      const head = element('tr', {}, ...[this.data.xLabel, ...lines.map(line => line.name)].map(name => {
        const cell = element('th', { textContent: name, className: 'number' });
        cell.setAttribute('scope', 'col');
        return cell;
      }));
      const known = lines.map(line => new Map(this.data.x[line.x].map((x, i) => [x, line.y[i]])));
      const cell = textContent => element('td', { className: 'number', textContent });
      const rows = xs.map(x => element('tr', {}, cell(text(x, '')),
        ...known.map(values => cell(text(values.get(x), this.view.unit)))));
      this.values.querySelector('.scroll').replaceChildren(
        element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows)));
    }

    show() {
      this.plot.batch(() => this.lines.forEach((line, i) => {
        this.plot.setSeries(i + 1, { show: !off.has(line.name) });
      }));
      this.table();
    }
  }

  function setZoom(min, max) {
    const [first, last] = domain();
    const narrowest = (last - first) / 1000;
    const low = Math.max(first, min), high = Math.min(last, max);
    if (high - low < narrowest) return;
    zoom = low <= first && high >= last ? null : [low, high];
    for (const { plot } of charts.values()) plot.setScale('x', { min: low, max: high });
  }

  function zoomBy(how) {
    const [first, last] = domain();
    let [min, max] = zoom || [first, last];
    const width = max - min, middle = (min + max) / 2;
    if (how === 'all') return setZoom(first, last);
    if (how === 'in' || how === 'out') {
      const half = how === 'in' ? width / 4 : width;
      return setZoom(middle - half, middle + half);
    }
    const shift = how === 'left' ? Math.max(first - min, -width / 2) : Math.min(last - max, width / 2);
    return setZoom(min + shift, max + shift);
  }

  /** One button for each name; with Shift it leaves that one alone, or brings all back. */
  function legend() {
    const names = new Map();
    for (const { data } of charts.values()) {
      for (const view of data.views) for (const line of view.lines) names.set(line.name, line.colour);
    }
    const buttons = [...names].sort((a, b) => a[1] - b[1]).map(([name, colour]) => {
      const button = element('button', { type: 'button', title: name + ' (with Shift: only this one)' },
        swatch(colour), element('span', { textContent: name }));
      button.dataset.name = name;
      button.addEventListener('click', event => {
        if (event.shiftKey) only(name, [...names.keys()]); else if (!off.delete(name)) off.add(name);
        refresh();
      });
      return button;
    });
    const focused = document.activeElement && document.activeElement.dataset.name;
    $('legend').replaceChildren(...buttons);
    buttons.filter(button => focused === button.dataset.name).forEach(button => button.focus());
    $('tools').hidden = buttons.length === 0;
    pressed();
  }

  function only(name, names) {
    const alone = !off.has(name) && names.every(other => other === name || off.has(other));
    off.clear();
    if (!alone) names.filter(other => other !== name).forEach(other => off.add(other));
  }

  function pressed() {
    for (const button of $('legend').children) {
      button.setAttribute('aria-pressed', String(!off.has(button.dataset.name)));
    }
  }

  function refresh() {
    pressed();
    for (const chart of charts.values()) chart.show();
  }

  const redraw = () => { for (const chart of charts.values()) chart.draw(); };

  /** Finds the charts of the page; those that are known stay. */
  function scan() {
    for (const [id, chart] of charts) {
      if (!chart.figure.isConnected) { chart.plot.destroy(); charts.delete(id); }
    }
    const fresh = [...document.querySelectorAll('figure.chart')]
      .filter(figure => !charts.has(figure.id)).map(figure => new Chart(figure));
    for (const chart of fresh) charts.set(chart.figure.id, chart);
    for (const chart of fresh) chart.draw();
    legend();
  }

  scan();
  document.querySelector('.zoom').addEventListener('click', event => {
    if (event.target.dataset.zoom) zoomBy(event.target.dataset.zoom);
  });
  new ResizeObserver(() => {
    for (const chart of charts.values()) {
      if (chart.plot.width !== chart.width()) chart.plot.setSize({ width: chart.width(), height: HEIGHT });
    }
  }).observe($('content'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('print');
    document.querySelectorAll('details:not(.values):not([open])').forEach(fold => {
      fold.open = true;
      fold.dataset.closed = '';
    });
    redraw();
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('print');
    document.querySelectorAll('details[data-closed]').forEach(fold => {
      fold.open = false;
      delete fold.dataset.closed;
    });
    redraw();
  });

  if (document.body.classList.contains('live')) follow();

  /** A page that a server keeps up to date: its events tell where the run is, and when there is more to show. */
  function follow() {
    let shown = null, fetching = false;
    const served = new Map([...document.querySelectorAll('main [id]')].map(node => [node.id, node.outerHTML]));

    function adopt(old, now) {
      const same = old.children.length === now.children.length
        && [...old.children].every((child, i) => child.id && child.id === now.children[i].id);
      for (const [i, child] of [...(same ? old.children : [])].entries()) {
        const next = now.children[i];
        if (served.get(child.id) === next.outerHTML) continue;
        if (charts.has(child.id)) {
          const chart = charts.get(child.id);
          chart.plotArea.setAttribute('aria-label', next.querySelector('.plot').getAttribute('aria-label'));
          chart.replace(next.querySelector('script').textContent);
        } else {
          keepOpen(child, next.cloneNode(true));
        }
      }
      if (!same) keepOpen(old, now.cloneNode(true));
    }

    /** Swaps an element; folds stay as the reader left them, strips where they were scrolled to. */
    function keepOpen(old, next) {
      for (const fold of next.querySelectorAll('details[id]')) {
        const before = $(fold.id);
        if (before) fold.open = before.open;
      }
      if (next.tagName === 'DETAILS') next.open = old.open;
      const scrolled = [...old.querySelectorAll('.scroll')].map(strip => strip.scrollLeft);
      old.replaceWith(next);
      next.querySelectorAll('.scroll').forEach((strip, i) => { strip.scrollLeft = scrolled[i] || 0; });
    }

    async function update(version) {
      if (fetching || version === shown) return;
      fetching = true;
      try {
        const page = new DOMParser().parseFromString(await (await fetch('/')).text(), 'text/html');
        const sections = [...page.querySelectorAll('main > section')];
        const here = [...document.querySelectorAll('main > section')];
        if (sections.map(s => s.id).join() === here.map(s => s.id).join()) {
          sections.forEach(section => adopt($(section.id + '-blocks'), section.querySelector('.blocks')));
        } else {
          $('content').replaceChildren(...sections.map(section => section.cloneNode(true)));
          document.querySelector('nav').replaceWith(page.querySelector('nav'));
        }
        $('subtitle').textContent = page.getElementById('subtitle').textContent;
        for (const node of page.querySelectorAll('main [id]')) served.set(node.id, node.outerHTML);
        scan();
        shown = version;
      } catch (problem) {
        // The next event tries again.
      } finally {
        fetching = false;
      }
    }

    const events = new EventSource('/events');
    events.addEventListener('step', event => {
      const now = JSON.parse(event.data);
      $('state').textContent = 'training';
      $('numbers').textContent = now.text;
      $('progress').value = now.share;
      update(now.version);
    });
    events.addEventListener('end', event => {
      const now = JSON.parse(event.data);
      events.close();
      update(now.version);
      $('state').textContent = now.text;
    });
    events.onerror = () => { $('state').textContent = 'no connection'; };
  }
})();
