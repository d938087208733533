// Where results go: words come pixel by pixel in tiles of TILE, and a tile may be the next COLUMNS channels of the same
// pixels (`groups` of them) before it is the next pixels. Pixels beyond the last one are dropped. All pixels of a window
// of `pool_x` by `pool_y` have one place, that of their maximum.
module writer #(
    parameter TILE = 1,
    parameter GROUPS_IN_WORD = 1 // parts of COLUMNS lanes in a word of activations
) (
    input  wire        clk,
    input  wire        start,
    input  wire        valid,
    input  wire        vector,        // whole words, pixel by pixel
    input  wire [15:0] destination, pixel_step, pixels, granules,
    input  wire [15:0] groups, last_groups,
    input  wire [15:0] out_width,     // pixels in a row, before a maximum is taken
    input  wire [3:0]  pool_x, pool_y,
    output wire        write,
    output wire        first, last,   // of its window
    output wire [15:0] address,
    output wire [15:0] column,        // of windows
    output reg  [15:0] group,
    output reg  [15:0] group_in_word,
    output reg         done           // a clock cycle long
);
    reg [15:0] item, pixel, granule;
    reg [15:0] word, granule_word, granule_group_in_word;

    // where a pixel's window lies: its offset, that of its row's first, the pixel in its row, the window in its row,
    // and the place in the window
    localparam PLACE = 72;
    reg [PLACE-1:0] place, tile_place;
    wire [15:0] offset, row_offset, x;
    wire [3:0] in_x, in_y;
    assign {offset, row_offset, x, column, in_x, in_y} = place;
    wire edge_x = in_x + 4'd1 == pool_x;
    wire edge_y = in_y + 4'd1 == pool_y;
    wire last_x = x + 16'd1 == out_width;
    wire [15:0] next_offset = last_x && !edge_y ? row_offset : edge_x ? offset + pixel_step : offset;
    wire [PLACE-1:0] next_place = {
        next_offset, last_x ? next_offset : row_offset, last_x ? 16'd0 : x + 16'd1,
        last_x ? 16'd0 : edge_x ? column + 16'd1 : column, edge_x ? 4'd0 : in_x + 4'd1,
        !last_x ? in_y : edge_y ? 4'd0 : in_y + 4'd1
    };
    assign first = in_x == 4'd0 && in_y == 4'd0;
    assign last = edge_x && edge_y;

    wire [15:0] tile = vector ? 16'd1 : TILE[15:0];
    wire last_granule = granule + 16'd1 == granules;
    wire last_item = item + 16'd1 == tile;
    wire last_group = group + 16'd1 == (last_granule ? last_groups : groups);
    wire last_pixels = pixel + tile >= pixels;
    wire full = vector || group_in_word + 16'd1 == GROUPS_IN_WORD[15:0];
    wire [15:0] next_word = full ? word + 16'd1 : word;
    wire [15:0] next_group_in_word = full ? 16'd0 : group_in_word + 16'd1;

    assign write = valid && pixel + item < pixels;
    assign address = destination + word + offset;

    always @(posedge clk)
        if (start) begin
            {item, pixel, group, granule} <= 64'd0;
            {place, tile_place} <= {(2*PLACE){1'b0}};
            {word, granule_word, group_in_word, granule_group_in_word} <= 64'd0;
            done <= 1'b0;
        end else begin
            done <= valid && last_item && last_group && last_pixels && last_granule;
            if (valid) begin
                item <= last_item ? 16'd0 : item + 16'd1;
                place <= next_place;
                if (last_item) begin
                    if (!last_group) begin // the same pixels, the next channels
                        group <= group + 16'd1;
                        place <= tile_place;
                        word <= next_word;
                        group_in_word <= next_group_in_word;
                    end else if (!last_pixels) begin // the next pixels, from the granule's first channels
                        group <= 16'd0;
                        pixel <= pixel + tile;
                        tile_place <= next_place;
                        word <= granule_word;
                        group_in_word <= granule_group_in_word;
                    end else begin
                        group <= 16'd0;
                        pixel <= 16'd0;
                        {place, tile_place} <= {(2*PLACE){1'b0}};
                        granule <= granule + 16'd1;
                        {word, granule_word} <= {next_word, next_word};
                        {group_in_word, granule_group_in_word} <= {next_group_in_word, next_group_in_word};
                    end
                end
            end
        end
endmodule
