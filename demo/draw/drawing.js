// The drawing: strokes in thousandths of the pad's side, or a picture, with undo.
// Knows no canvas and no server.
function makeDrawing(storage, onChange) {
  const NEAREST = 2; // points closer than this to the last one add nothing but bytes
  const KEY = "digit-sketchpad-strokes";
  const MOST = 12_000; // points: the server refuses 10,000, and more would only be carried along
  let content = { strokes: [], picture: null };
  let past = []; // what undo goes back to
  let pen = null; // the stroke under the pen
  let version = 0; // grows with every change
  let lineage = 0; // grows when ink is taken away: older answers are then of another drawing

  function changed(tookAway) {
    version += 1;
    if (tookAway) lineage += 1;
    onChange();
  }

  function replace(next) {
    past.push(content);
    content = next;
  }

  const isPoint = (p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite);
  const isStroke = (s) => Array.isArray(s) && s.length > 0 && s.every(isPoint);
  const areStrokes = (all) => Array.isArray(all) && all.every(isStroke);

  // Strokes, not pictures, are kept over a reload: Gradio reloads the page when its server comes back.
  function save() {
    try {
      storage().setItem(KEY, JSON.stringify(content.strokes));
    } catch { /* blocked or full: the drawing then lives as long as the page */ }
  }

  return {
    get strokes() { return content.strokes; },
    get picture() { return content.picture; },
    get version() { return version; },
    get lineage() { return lineage; },
    get isEmpty() { return !content.strokes.length && !content.picture; },
    get canUndo() { return past.length > 0; },
    get penIsDown() { return pen !== null; },

    begin(point) {
      const tookAway = content.picture !== null;
      pen = [point];
      replace({ strokes: [...content.strokes, pen], picture: null });
      changed(tookAway);
    },

    extend(points) {
      if (!pen || content.strokes.flat().length > MOST) return;
      const before = pen.length;
      for (const [x, y] of points) {
        const [lastX, lastY] = pen[pen.length - 1];
        if (Math.hypot(x - lastX, y - lastY) >= NEAREST) pen.push([x, y]);
      }
      if (pen.length > before) changed(false);
    },

    end() {
      if (!pen) return;
      pen = null;
      save();
      onChange();
    },

    undo() {
      pen = null;
      if (!past.length) return;
      content = past.pop();
      save();
      changed(true);
    },

    clear() {
      pen = null;
      if (this.isEmpty) return;
      replace({ strokes: [], picture: null });
      save();
      changed(true);
    },

    open(picture) {
      pen = null;
      replace({ strokes: [], picture });
      save();
      changed(true);
    },

    save,

    restore() {
      try {
        const strokes = JSON.parse(storage().getItem(KEY));
        if (!areStrokes(strokes) || !strokes.length) return;
        content = { strokes, picture: null };
        past = strokes.map((_, i) => ({ strokes: strokes.slice(0, i), picture: null }));
        changed(true);
      } catch { /* nothing to restore */ }
    },
  };
}
