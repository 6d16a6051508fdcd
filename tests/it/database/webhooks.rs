//! A row of a real table whose trigger posts what Supabase would post.
