/** The room around a plot, in CSS pixels: what lies over it is placed by these, without asking the canvas. */
export const LEFT_PX = 54;
export const RIGHT_PX = 20;
export const TOP_PX = 16;
export const BOTTOM_PX = 22;
