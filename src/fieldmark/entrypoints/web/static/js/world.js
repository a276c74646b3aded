// The base map: TopoJSON, drawn by gazetteer/world.py, to GeoJSON. Arc ~i is arc i backwards.

const decoded = new WeakMap();

/** Returns each arc as [longitude, latitude] pairs; the file holds steps on a grid. */
function arcs(data) {
  if (!decoded.has(data)) {
    const { scale, translate } = data.transform;
    decoded.set(data, data.arcs.map((steps) => {
      let x = 0;
      let y = 0;
      return steps.map(([right, up]) => {
        x += right;
        y += up;
        return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
      });
    }));
  }
  return decoded.get(data);
}

function ring(lines, indexes) {
  return indexes.flatMap((index, at) => {
    const line = index < 0 ? lines[~index].slice().reverse() : lines[index];
    return at ? line.slice(1) : line;
  });
}

function linesOf(data, count) {
  const uses = new Uint8Array(data.arcs.length);
  for (const { arcs: used } of data.objects.countries.geometries) {
    for (const index of used.flat(2)) uses[index < 0 ? ~index : index] += 1;
  }
  return arcs(data).filter((_, index) => uses[index] === count);
}

/** Returns the countries as a FeatureCollection of MultiPolygons, each with its name. */
export function land(data) {
  const lines = arcs(data);
  const features = data.objects.countries.geometries.map(({ arcs: polygons, properties }) => {
    const coordinates = polygons.map((rings) => rings.map((indexes) => ring(lines, indexes)));
    return { type: "Feature", properties, geometry: { type: "MultiPolygon", coordinates } };
  });
  return { type: "FeatureCollection", features };
}

/** Returns the lines between countries as a MultiLineString. */
export function borders(data) {
  return { type: "MultiLineString", coordinates: linesOf(data, 2) };
}

/** Returns the shores as a MultiLineString, without the cut along the antimeridian. */
export function shores(data) {
  const cut = (line) => line.every(([longitude]) => Math.abs(longitude) === 180);
  return { type: "MultiLineString", coordinates: linesOf(data, 1).filter((line) => !cut(line)) };
}
