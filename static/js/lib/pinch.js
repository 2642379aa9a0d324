// Two fingers: how much further apart they are than a moment ago. Pure; pixels.

const CLOSEST_PX = 24; // nearer than that a finger's tremble would be a leap

/** down, move and up of fingers by their id; move returns {factor, middle}, what to multiply the shown stretch by and around where, or null. */
export function createPinch() {
  const fingers = new Map();

  function spread() {
    const [one, other] = [...fingers.values()];
    return { apart: Math.max(CLOSEST_PX, Math.hypot(one.x - other.x, one.y - other.y)), middle: (one.x + other.x) / 2 };
  }

  return {
    down: (id, x, y) => fingers.set(id, { x, y }),
    up: (id) => fingers.delete(id),
    move(id, x, y) {
      if (!fingers.has(id)) return null;
      const before = fingers.size === 2 ? spread() : null;
      fingers.set(id, { x, y });
      if (!before) return null;
      const { apart, middle } = spread();
      return apart === before.apart ? null : { factor: before.apart / apart, middle };
    },
  };
}
