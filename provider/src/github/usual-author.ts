/** The account whose texts are ours: that of the token which GitHub gives to jobs. */
export const USUAL_AUTHOR = "github-actions[bot]";
