// The addresses that scripts ask for and link to, as in the modules of final/web. Templates have theirs from url_for.

export const FEED = "/dashboard";
export const FRIENDS = "/friends";
export const SESSION = "/session";
export const READ_NOTIFICATIONS = "/notifications/read";

/** Return the link to a post, or to a reply: a long thread has several pages. */
export const linkTo = ({ id, post }) => `/posts/${post ? `${post}?reply=${id}` : id}#post-${id}`;
export const repliesBefore = (postId, replyId) => `/posts/${postId}?before=${replyId}`;
export const deletionOf = (id) => `/comments/${id}/delete`;
