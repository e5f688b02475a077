/** The words of the interface. A translation is one file with the shape of `en.ts`. */
export { en as text } from "./en";
